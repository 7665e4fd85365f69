//! How a case is measured.

use rand::seq::SliceRandom;
use std::{fmt, rc::Rc, time::Instant};

/// Two ways to do the same thing: ours, and the floor.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The ratio that must not be exceeded.
    pub(crate) bar: f64,
    /// How many calls one sample makes.
    pub(crate) calls: u32,
    pub(crate) ours: Rc<dyn Fn()>,
    pub(crate) floor: Rc<dyn Fn()>,
}

/// What came out.
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    bar: f64,
    ratio: f64,
    nanoseconds: f64,
    /// The distance between the quartiles of the ratio.
    spread: f64,
}

impl Measured {
    pub(crate) fn holds(&self) -> bool {
        self.ratio <= self.bar
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, bar, ratio, nanoseconds, spread } = self;
        let holds = if self.holds() { "yes" } else { "NO" };
        write!(f, "{name:<34}{nanoseconds:>10.1}{spread:>10.3}{ratio:>8.3}{bar:>8.2}  {holds}")
    }
}

const ROUNDS: usize = 101;

/// Every case once a round, in random order, each beside its floor; the median of the rounds' ratios.
pub(crate) fn measure(cases: &[Case]) -> Vec<Measured> {
    let mut samples = vec![Vec::new(); cases.len()];
    let mut order: Vec<usize> = (0..cases.len()).collect();
    let mut random = rand::rng();
    for _ in 0..ROUNDS {
        order.shuffle(&mut random);
        for &index in &order {
            let (Some(case), Some(samples)) = (cases.get(index), samples.get_mut(index)) else { continue };
            // Who goes first alternates, so that neither always finds the caches warm.
            let pair = if samples.len() % 2 == 0 {
                let ours = time(case, &*case.ours);
                (ours, time(case, &*case.floor))
            } else {
                let floor = time(case, &*case.floor);
                (time(case, &*case.ours), floor)
            };
            samples.push(pair);
        }
    }
    cases.iter().zip(samples).map(|(case, samples)| summary(case, &samples)).collect()
}

fn time(case: &Case, run: &dyn Fn()) -> f64 {
    let start = Instant::now();
    for _ in 0..case.calls {
        run();
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(case.calls)
}

fn summary(case: &Case, samples: &[(f64, f64)]) -> Measured {
    let ratios = sorted(samples.iter().map(|(ours, floor)| ours / floor));
    let ours = sorted(samples.iter().map(|(ours, _)| *ours));
    let at =
        |values: &[f64], percent: usize| values.get(values.len() * percent / 100).copied().unwrap_or(0.0);
    Measured {
        name: case.name,
        bar: case.bar,
        ratio: at(&ratios, 50),
        nanoseconds: at(&ours, 50),
        spread: at(&ratios, 75) - at(&ratios, 25),
    }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}
