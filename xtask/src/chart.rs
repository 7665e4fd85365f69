//! What was measured, as pictures.

use crate::measured::{Figure, Measured};
use anyhow::{Result, anyhow};
use plotters::prelude::*;
use std::path::{Path, PathBuf};

/// Where a bar ends that would be longer than this many times its limit.
const LONGEST: f64 = 2.0;

/// Draws the bars: how much of what is allowed each takes.
pub(crate) fn bars(measured: &Measured, path: &Path) -> Result<()> {
    let bars: Vec<_> =
        measured.bars.iter().filter_map(|bar| bar.limit.map(|limit| (bar, limit))).rev().collect();
    let height = u32::try_from(bars.len())? * 22 + 90;
    let root = SVGBackend::new(path, (900, height)).into_drawing_area();
    let drawn = (|| {
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .caption("cost as a share of what the bar allows", ("sans-serif", 16))
            .margin(10)
            .x_label_area_size(30)
            .y_label_area_size(250)
            .build_cartesian_2d(0.0..LONGEST, (0..bars.len()).into_segmented())?;
        let name = |segment: &SegmentValue<usize>| match segment {
            SegmentValue::CenterOf(index) | SegmentValue::Exact(index) => {
                bars.get(*index).map_or(String::new(), |(bar, _)| bar.ours.clone())
            }
            SegmentValue::Last => String::new(),
        };
        chart
            .configure_mesh()
            .disable_y_mesh()
            .y_labels(bars.len() + 1)
            .y_label_formatter(&name)
            .x_desc("ratio to the floor, divided by the bar")
            .draw()?;
        for (index, (bar, limit)) in bars.iter().enumerate() {
            let end = (bar.ratio / limit).min(LONGEST);
            let colour = if bar.holds { RGBColor(70, 130, 90) } else { RGBColor(190, 70, 60) };
            let corners =
                [(0.0, SegmentValue::Exact(index)), (end, SegmentValue::Exact(index.saturating_add(1)))];
            let mut rectangle = Rectangle::new(corners, colour.filled());
            rectangle.set_margin(4, 4, 0, 0);
            chart.draw_series([rectangle])?;
            let text = format!("{:.2} of {limit:.2}", bar.ratio);
            let at = (end.min(LONGEST - 0.25) + 0.02, SegmentValue::CenterOf(index));
            chart.draw_series([Text::new(text, at, ("sans-serif", 12))])?;
        }
        let line = [(1.0, SegmentValue::Exact(0)), (1.0, SegmentValue::Last)];
        chart.draw_series([PathElement::new(line, BLACK)])?;
        root.present()
    })();
    drawn.map_err(|error| anyhow!("cannot draw {}: {error}", path.display()))
}

/// Draws each figure beside the others' files; returns their paths.
pub(crate) fn figures(measured: &Measured, directory: &Path) -> Result<Vec<PathBuf>> {
    measured
        .figures
        .iter()
        .map(|one| {
            let path = directory.join(format!("{}.svg", one.name));
            figure(one, &path)?;
            Ok(path)
        })
        .collect()
}

/// Draws curves over a quantity that doubles; the floors are thin.
fn figure(figure: &Figure, path: &Path) -> Result<()> {
    let points = || figure.curves.iter().flat_map(|curve| &curve.points);
    let range = |of: fn(&(f64, f64)) -> f64| {
        points().map(of).fold((f64::MAX, 1.0_f64), |(least, most), value| (least.min(value), most.max(value)))
    };
    let ((left, right), (bottom, top)) = (range(|point| point.0), range(|point| point.1));
    let root = SVGBackend::new(path, (640, 400)).into_drawing_area();
    let drawn = (|| {
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .margin(10)
            .x_label_area_size(40)
            .y_label_area_size(70)
            .build_cartesian_2d(
                (left..right.max(left * 2.0)).log_scale(),
                (bottom * 0.8..top * 1.2).log_scale(),
            )?;
        chart.configure_mesh().x_desc(&figure.quantity).y_desc("nanoseconds of one").draw()?;
        for (index, curve) in figure.curves.iter().enumerate() {
            let is_floor = curve.name.starts_with("floor");
            let colour = Palette99::pick(index).to_rgba();
            let style = colour.stroke_width(if is_floor { 1 } else { 3 });
            chart
                .draw_series(LineSeries::new(curve.points.iter().copied(), style))?
                .label(&curve.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], style));
        }
        chart.configure_series_labels().background_style(WHITE.mix(0.8)).border_style(BLACK).draw()?;
        root.present()
    })();
    drawn.map_err(|error| anyhow!("cannot draw {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measured::{Bar, Curve};

    #[test]
    fn everything_measured_is_in_the_pictures() {
        let directory = tempfile::tempdir().unwrap();
        let bar = Bar {
            ours: "a call".to_owned(),
            against: "b".to_owned(),
            nanoseconds: 1.0,
            ratio: 9.5,
            spread: [9.0, 10.0],
            limit: Some(1.1),
            holds: false,
        };
        let curve = Curve { name: "floor: c".to_owned(), points: vec![(1.0, 10.0), (256.0, 3.0)] };
        let figure = Figure { name: "d".to_owned(), quantity: "many".to_owned(), curves: vec![curve] };
        let measured = Measured { bars: vec![bar], figures: vec![figure], ..Measured::default() };
        let path = directory.path().join("bars.svg");
        bars(&measured, &path).unwrap();
        let picture = std::fs::read_to_string(path).unwrap();
        assert!(picture.contains("a call") && picture.contains("9.50 of 1.10"), "{picture}");
        let paths = figures(&measured, directory.path()).unwrap();
        let picture = std::fs::read_to_string(&paths[0]).unwrap();
        assert!(paths[0].ends_with("d.svg") && picture.contains("floor: c") && picture.contains("many"));
    }
}
