//! Whether costs grow as those of the floor do: a knee is where ours gets worse beside the floor from one size to the next, and
//! stays so.

use crate::measured::{Curve, Figure};

/// How much worse it has to get.
const KNEE: f64 = 1.3;

/// How a curve of ours runs beside its floor.
pub(crate) struct Course {
    pub(crate) first: f64,
    pub(crate) last: f64,
    /// The most, and at which size.
    pub(crate) most: (f64, f64),
    /// The size at which it has a knee that the floor has not.
    pub(crate) knee: Option<f64>,
}

/// All that have a floor, by figure and curve.
pub(crate) fn courses(figures: &[Figure]) -> impl Iterator<Item = (&Figure, &Curve, Course)> {
    let curves = figures.iter().flat_map(|figure| figure.curves.iter().map(move |curve| (figure, curve)));
    curves.filter_map(|(figure, curve)| Some((figure, curve, course(&curve.ratios)?)))
}

fn course(ratios: &[(f64, f64)]) -> Option<Course> {
    let (first, last) = (ratios.first()?, ratios.last()?);
    let most = *ratios.iter().max_by(|one, other| one.1.total_cmp(&other.1))?;
    let knee = (1..ratios.len()).filter_map(|at| ratios.split_at_checked(at)).find_map(|(before, after)| {
        let worst = before.iter().map(|(_, ratio)| *ratio).fold(f64::MIN, f64::max);
        let stays = after.iter().all(|(_, ratio)| *ratio > worst * KNEE);
        after.first().filter(|_| stays).map(|(size, _)| *size)
    });
    Some(Course { first: first.1, last: last.1, most, knee })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knee(ratios: &[f64]) -> Option<f64> {
        let ratios: Vec<_> = ratios.iter().zip(1_u8..).map(|(ratio, size)| (size.into(), *ratio)).collect();
        course(&ratios).unwrap().knee
    }

    #[test]
    fn what_gets_worse_and_stays_so_is_a_knee() {
        assert_eq!(knee(&[1.1, 1.2, 1.6, 1.7]), Some(3.0));
        assert_eq!(knee(&[1.1, 1.1, 1.1, 1.5]), Some(4.0));
    }

    #[test]
    fn slow_growth_and_a_single_peak_are_none() {
        assert_eq!(knee(&[1.1, 1.2, 1.4, 1.5]), None);
        assert_eq!(knee(&[1.1, 2.0, 1.1, 1.1]), None);
        assert_eq!(knee(&[1.1]), None);
        assert!(course(&[]).is_none());
    }
}
