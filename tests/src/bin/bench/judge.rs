//! Whether a bar holds: ratios round by round, their median and their quartiles.

use crate::{
    bars::{Against, Bar},
    measure::Samples,
    record,
};
use anyhow::{Context, Result};
use statrs::statistics::{Data, OrderStatistics};

/// Half of the rounds may be so far apart, as a part of their median; what is further apart says nothing.
const NOISE: f64 = 0.5;

impl Bar {
    /// The ratios, round by round, and what they say.
    pub(crate) fn judge(&self, samples: &Samples, runs: u32) -> Result<record::Bar> {
        let ours = of(samples, &self.ours)?;
        let against = self.against.of(samples)?;
        let ratios = ratios(ours, &against);
        let ratio = median(&ratios);
        let spread = [quantile(&ratios, 0.25), quantile(&ratios, 0.75)];
        let is_noise = spread[1] - spread[0] > NOISE * ratio;
        Ok(record::Bar {
            ours: self.ours.clone(),
            against: self.against.to_string(),
            nanoseconds: median(ours),
            ratio,
            spread,
            limit: self.limit,
            floor: self.floor.as_ref().map(|floor| floor.judge(samples, ours, &against)).transpose()?,
            runs,
            holds: self.limit.is_none_or(|limit| ratio <= limit && !is_noise),
        })
    }
}

impl crate::bars::Floor {
    fn judge(&self, samples: &Samples, ours: &[f64], against: &[f64]) -> Result<record::Floor> {
        let same = self.same.of(samples)?;
        let against = self.against.as_ref().map_or_else(|| Ok(against.to_vec()), |one| one.of(samples))?;
        Ok(record::Floor {
            what: self.same.to_string(),
            ratio: median(&ratios(&same, &against)),
            ours: median(&ratios(ours, &same)),
        })
    }
}

impl Against {
    /// Its nanoseconds, round by round.
    pub(crate) fn of(&self, samples: &Samples) -> Result<Vec<f64>> {
        let all = self.names().iter().map(|name| of(samples, name)).collect::<Result<Vec<_>>>()?;
        match self {
            Self::Sum(_) => {
                let rounds = all.first().map_or(0, |samples| samples.len());
                Ok((0..rounds).map(|round| all.iter().map(|samples| samples[round]).sum()).collect())
            }
            Self::Least(_) => {
                // Which of them that is, their medians say, and not the luck of one round.
                let least = all.into_iter().min_by(|one, other| median(one).total_cmp(&median(other)));
                Ok(least.context("it is compared with nothing")?.to_vec())
            }
        }
    }
}

fn of<'s>(samples: &'s Samples, name: &String) -> Result<&'s [f64]> {
    samples.get(name).map(Vec::as_slice).with_context(|| format!("\"{name}\" was not measured"))
}

/// Of what was measured in the same round.
pub(crate) fn ratios(ours: &[f64], against: &[f64]) -> Vec<f64> {
    ours.iter().zip(against).map(|(ours, against)| ours / against).collect()
}

pub(crate) fn median(samples: &[f64]) -> f64 {
    quantile(samples, 0.5)
}

fn quantile(samples: &[f64], at: f64) -> f64 {
    Data::new(samples.to_vec()).quantile(at)
}
