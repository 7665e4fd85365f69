//! What was measured, as pictures.

use crate::measured::{Bar, Figure, Measured};
use anyhow::{Result, anyhow};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::path::{Path, PathBuf};

/// Where a bar ends that would be longer than this many times its limit, and where the picture ends beside its text.
const LONGEST: f64 = 2.0;
const RIGHT: f64 = 2.3;

/// Draws the bars: how much of what is allowed each takes, and what the same takes by hand.
pub(crate) fn bars(measured: &Measured, path: &Path) -> Result<()> {
    let bars: Vec<_> =
        measured.bars.iter().filter_map(|bar| bar.limit.map(|limit| (bar, limit))).rev().collect();
    let height = u32::try_from(bars.len())? * 22 + 90;
    let root = SVGBackend::new(path, (900, height)).into_drawing_area();
    let drawn = (|| {
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .caption("cost as a share of what the bar allows; black: the same, written by hand", FONT)
            .margin(10)
            .x_label_area_size(40)
            .y_label_area_size(270)
            .build_cartesian_2d(0.0..RIGHT, (0..bars.len()).into_segmented())?;
        let name = |segment: &SegmentValue<usize>| match segment {
            SegmentValue::CenterOf(index) => {
                bars.get(*index).map_or(String::new(), |(bar, _)| label(bar, &bars))
            }
            SegmentValue::Exact(_) | SegmentValue::Last => String::new(),
        };
        chart
            .configure_mesh()
            .disable_y_mesh()
            .light_line_style(TRANSPARENT)
            .y_labels(bars.len() + 1)
            .y_label_formatter(&name)
            .x_desc("ratio to what it is compared with, divided by the bar")
            .draw()?;
        let line = [(1.0, SegmentValue::Exact(0)), (1.0, SegmentValue::Last)];
        chart.draw_series([PathElement::new(line, BLACK)])?;
        let style = TextStyle::from(FONT).pos(Pos::new(HPos::Left, VPos::Center));
        for (index, (bar, limit)) in bars.iter().enumerate() {
            let row = |from, to, colour: RGBColor, margin| {
                let ends =
                    [(from, SegmentValue::Exact(index)), (to, SegmentValue::Exact(index.saturating_add(1)))];
                let mut rectangle = Rectangle::new(ends, colour.filled());
                rectangle.set_margin(margin, margin, 0, 0);
                rectangle
            };
            let end = (bar.ratio / limit).min(LONGEST);
            let colour = if bar.holds { RGBColor(70, 130, 90) } else { RGBColor(190, 70, 60) };
            chart.draw_series([row(0.0, end, colour, 4)])?;
            let mut behind = end;
            if let Some(floor) = &bar.floor {
                let by_hand = (floor.ratio / limit).min(LONGEST);
                behind = behind.max(by_hand);
                chart.draw_series([row(by_hand - 0.004, by_hand + 0.004, BLACK, 2)])?;
            }
            let text = format!("{:.2} of {limit:.2}", bar.ratio);
            let at = (behind + 0.02, SegmentValue::CenterOf(index));
            chart.draw_series([Text::new(text, at, style.clone())])?;
        }
        root.present()
    })();
    drawn.map_err(|error| anyhow!("cannot draw {}: {error}", path.display()))
}

const FONT: (&str, u32) = ("sans-serif", 12);

/// A bar's name, and where others have the same, what it is compared with.
fn label(bar: &Bar, bars: &[(&Bar, f64)]) -> String {
    let same = bars.iter().filter(|(other, _)| other.ours == bar.ours).count();
    if same > 1 { format!("{} : {}", bar.ours, bar.against) } else { bar.ours.clone() }
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

/// Colours that can be told apart on white.
const COLOURS: [RGBColor; 6] = [
    RGBColor(31, 90, 180),
    RGBColor(200, 50, 40),
    RGBColor(30, 140, 70),
    RGBColor(200, 130, 0),
    RGBColor(130, 60, 170),
    RGBColor(90, 90, 90),
];

/// Draws curves over a quantity that doubles; the floors are thin.
fn figure(figure: &Figure, path: &Path) -> Result<()> {
    let points = || figure.curves.iter().flat_map(|curve| &curve.points);
    let range = |of: fn(&(f64, f64)) -> f64| {
        points().map(of).fold((f64::MAX, 1.0_f64), |(least, most), value| (least.min(value), most.max(value)))
    };
    let ((left, right), (bottom, top)) = (range(|point| point.0), range(|point| point.1));
    let is_of_bytes = figure.quantity.starts_with("bytes");
    // The legend stands where no curve is, and room is made for it.
    let rises = figure.curves.iter().all(|curve| {
        curve.points.first().zip(curve.points.last()).is_some_and(|(first, last)| first.1 * 4.0 < last.1)
    });
    let legend = if rises { SeriesLabelPosition::UpperLeft } else { SeriesLabelPosition::UpperRight };
    let room = if rises { 1.5 } else { (top / bottom).powf(0.6).max(2.5) };
    let root = SVGBackend::new(path, (720, 440)).into_drawing_area();
    let drawn = (|| {
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .margin(14)
            .x_label_area_size(40)
            .y_label_area_size(70)
            .build_cartesian_2d(
                (left..right.max(left * 2.0)).log_scale().base(2.0),
                (bottom * 0.8..top * room).log_scale(),
            )?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .x_label_formatter(&|size| if is_of_bytes { bytes(*size) } else { format!("{size}") })
            .y_label_formatter(&|nanoseconds| time(*nanoseconds))
            .x_desc(&figure.quantity)
            .y_desc(if is_of_bytes { "time of one transfer" } else { "time of one call" })
            .draw()?;
        for (curve, colour) in figure.curves.iter().zip(COLOURS.iter().cycle()) {
            let is_floor = curve.name.starts_with("floor");
            let style = colour.stroke_width(if is_floor { 1 } else { 3 });
            chart
                .draw_series(LineSeries::new(curve.points.iter().copied(), style))?
                .label(&curve.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], style));
        }
        let mut labels = chart.configure_series_labels();
        labels.position(legend).margin(8).background_style(WHITE.mix(0.8)).border_style(BLACK.mix(0.4));
        labels.label_font(FONT).draw()?;
        root.present()
    })();
    drawn.map_err(|error| anyhow!("cannot draw {}: {error}", path.display()))
}

/// A number of bytes with its unit.
fn bytes(count: f64) -> String {
    let units = [(1024.0 * 1024.0, "MiB"), (1024.0, "KiB")];
    let unit = units.into_iter().find(|(unit, _)| count >= *unit).unwrap_or((1.0, "B"));
    format!("{} {}", count / unit.0, unit.1)
}

/// A time with its unit.
fn time(nanoseconds: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")];
    let unit = units.into_iter().find(|(unit, _)| nanoseconds >= *unit).unwrap_or((1.0, "ns"));
    format!("{:.3} {}", nanoseconds / unit.0, unit.1).replace(".000", "")
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
            floor: None,
            runs: 1,
            holds: false,
        };
        let curve =
            Curve { name: "floor: c".to_owned(), points: vec![(1.0, 10.0), (256.0, 3.0)], ratios: vec![] };
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

    #[test]
    fn quantities_have_their_units() {
        assert_eq!([1.0, 512.0, 65536.0, 67_108_864.0].map(bytes), ["1 B", "512 B", "64 KiB", "64 MiB"]);
        assert_eq!([100.0, 1000.0, 1e7, 2.5e3].map(time), ["100 ns", "1 µs", "10 ms", "2.500 µs"]);
    }
}
