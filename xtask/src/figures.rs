//! `cargo xtask figures`: the figures in the documents, written from the recorded run.

use crate::measured::Measured;
use crate::{chart, workspace};
use anyhow::{Context, Result, bail};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Write the figures in the documents and the pictures anew, from the run that is recorded in the repository.
///
/// `cargo xtask bench --record` makes such a run, and then does this.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Change nothing, and fail if something would change.
    #[arg(long)]
    check: bool,
}

/// The documents that have figures: between a line `<!-- figures: NAME -->` and a line `<!-- end of figures -->`.
const DOCUMENTS: [&str; 2] = ["README.md", "xtask/record/README.md"];
const END: &str = "<!-- end of figures -->";

pub(crate) fn run(options: &Options) -> Result<()> {
    let measured = Measured::load(&directory()?.join(FILE))?;
    if options.check { check(&measured) } else { write(&measured) }
}

/// Puts a run into the repository.
pub(crate) fn record(measured: &Measured) -> Result<()> {
    std::fs::create_dir_all(directory()?)?;
    measured.save(&directory()?.join(FILE))?;
    write(measured)
}

/// Where a record has no times.
const NOT_MEASURED: &str = "There is no recorded run yet: `cargo xtask bench --record` makes one.\n";

const FILE: &str = "measured.json";

fn directory() -> Result<PathBuf> {
    Ok(workspace::root()?.join("xtask/record"))
}

fn write(measured: &Measured) -> Result<()> {
    for document in DOCUMENTS {
        let path = workspace::root()?.join(document);
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {document}"))?;
        std::fs::write(&path, with_figures(&text, measured).with_context(|| document.to_owned())?)?;
    }
    draw(measured, &directory()?)
}

/// Draws all pictures into a folder.
fn draw(measured: &Measured, directory: &Path) -> Result<()> {
    if !measured.bars.is_empty() {
        chart::bars(measured, &directory.join("bars.svg"))?;
    }
    chart::figures(measured, directory)?;
    Ok(())
}

/// Fails if a folder has other pictures than those that are drawn from the record.
fn check_pictures(measured: &Measured, directory: &Path) -> Result<()> {
    let drawn = tempfile::tempdir()?;
    draw(measured, drawn.path())?;
    let names = [names_of_pictures(drawn.path())?, names_of_pictures(directory)?].concat();
    for name in names {
        let bytes = |folder: &Path| std::fs::read(folder.join(&name)).ok();
        if bytes(drawn.path()) != bytes(directory) {
            bail!("{} is not drawn from the recorded run; run `cargo xtask figures`", name.display());
        }
    }
    Ok(())
}

fn names_of_pictures(directory: &Path) -> Result<Vec<OsString>> {
    let names = std::fs::read_dir(directory)?.map(|entry| Ok(entry?.file_name()));
    let names = names.collect::<Result<Vec<_>>>()?;
    Ok(names.into_iter().filter(|name| Path::new(name).extension() == Some("svg".as_ref())).collect())
}

/// Fails if a document has other figures than the record, or one that no record could give it, or if a picture has.
fn check(measured: &Measured) -> Result<()> {
    check_pictures(measured, &directory()?)?;
    let root = workspace::root()?;
    for document in DOCUMENTS {
        let text = std::fs::read_to_string(root.join(document))
            .with_context(|| format!("cannot read {document}"))?;
        if with_figures(&text, measured).with_context(|| document.to_owned())? != text {
            bail!("{document} has figures that are not in the recorded run; run `cargo xtask figures`");
        }
    }
    for path in texts(&root)? {
        let text = std::fs::read_to_string(&path)?;
        // The lengths of what goes over a wire are no measurements.
        let units = if DOCUMENTS.iter().any(|document| path == root.join(document)) {
            &UNITS[..]
        } else {
            &UNITS[1..]
        };
        if let Some(line) = loose_figure(&text, units) {
            let path = path.display();
            bail!("{path} has a measured figure that is not written from the recorded run: {line}");
        }
    }
    Ok(())
}

/// All documents.
fn texts(root: &Path) -> Result<Vec<PathBuf>> {
    let mut texts = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
            if path.is_dir() && !name.starts_with('.') && name != "target" {
                folders.push(path);
            } else if name.ends_with(".md") {
                texts.push(path);
            }
        }
    }
    Ok(texts)
}

/// The text with what is between its marks written anew.
fn with_figures(text: &str, measured: &Measured) -> Result<String> {
    let mut lines = text.lines();
    let mut new = String::new();
    while let Some(line) = lines.next() {
        new += line;
        new += "\n";
        let Some(name) = line.strip_prefix("<!-- figures: ").and_then(|rest| rest.strip_suffix(" -->"))
        else {
            continue;
        };
        if !lines.any(|line| line == END) {
            bail!("the figures \"{name}\" have no end");
        }
        new += "\n";
        new += &match name {
            "method" => measured.method(),
            "sizes" => measured.sizes_in_markdown(),
            "savings" => measured.savings_in_markdown(),
            "counts" if measured.counts.is_empty() => NOT_MEASURED.to_owned(),
            "headlines" | "bars" | "misses" | "pictures" | "courses" if measured.bars.is_empty() => {
                NOT_MEASURED.to_owned()
            }
            "headlines" => measured.headlines_in_markdown(),
            "bars" => measured.bars_in_markdown(),
            "misses" => measured.misses_in_markdown(),
            "pictures" => pictures(measured),
            "courses" => measured.courses_in_markdown(),
            "counts" => measured.counts_in_markdown(),
            _ => bail!("there are no figures \"{name}\""),
        };
        new += "\n";
        new += END;
        new += "\n";
    }
    Ok(new)
}

/// The pictures of how costs grow.
fn pictures(measured: &Measured) -> String {
    measured.figures.iter().map(|figure| format!("![{}]({}.svg)\n", figure.quantity, figure.name)).collect()
}

/// A line outside the marks that names a time or a ratio.
fn loose_figure<'t>(text: &'t str, units: &[&str]) -> Option<&'t str> {
    let mut inside = false;
    text.lines().find(|line| {
        inside = (inside || line.starts_with("<!-- figures: ")) && *line != END;
        !inside
            && line.split_whitespace().collect::<Vec<_>>().windows(2).any(|words| match words {
                [number, unit] => {
                    is_number(number) && units.contains(&unit.trim_end_matches(['.', ',', ';', ')', '|']))
                }
                _ => false,
            })
    })
}

const UNITS: [&str; 7] = ["bytes", "ns", "us", "µs", "x", "×", "times"];

fn is_number(word: &str) -> bool {
    let word = word.trim_start_matches(['(', '|']).replace(',', "");
    word.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measured::{Curve, Figure, Machine};

    fn measured() -> Measured {
        let machine = Machine { date: "2001-02-03".to_owned(), ..Machine::default() };
        Measured { machine, ..Measured::default() }
    }

    #[test]
    fn the_documents_have_the_figures_of_the_recorded_run() {
        check(&Measured::load(&directory().unwrap().join(FILE)).unwrap()).unwrap();
    }

    #[test]
    fn an_edited_figure_is_found() {
        let text = "a\n<!-- figures: method -->\nold\n<!-- end of figures -->\nb\n";
        let new = with_figures(text, &measured()).unwrap();
        assert!(new.starts_with("a\n<!-- figures: method -->\n\nSizes of 2001-02-03, "), "{new}");
        assert!(new.ends_with("\n\n<!-- end of figures -->\nb\n"), "{new}");
        assert_eq!(with_figures(&new, &measured()).unwrap(), new);
        assert_ne!(
            with_figures(&new.replace("2001", "2002"), &measured()).unwrap(),
            new.replace("2001", "2002")
        );
    }

    #[test]
    fn an_edited_picture_and_one_of_nothing_are_found() {
        let curve = Curve { name: "a".to_owned(), points: vec![(1.0, 10.0), (256.0, 3.0)], ratios: vec![] };
        let figure = Figure { name: "b".to_owned(), quantity: "c".to_owned(), curves: vec![curve] };
        let measured = Measured { figures: vec![figure], ..measured() };
        let folder = tempfile::tempdir().unwrap();
        check_pictures(&measured, folder.path()).unwrap_err();
        draw(&measured, folder.path()).unwrap();
        check_pictures(&measured, folder.path()).unwrap();
        let picture = folder.path().join("b.svg");
        let drawn = std::fs::read_to_string(&picture).unwrap();
        std::fs::write(&picture, drawn.replacen("10", "11", 1)).unwrap();
        check_pictures(&measured, folder.path()).unwrap_err();
        std::fs::write(&picture, drawn).unwrap();
        std::fs::write(folder.path().join("old.svg"), "").unwrap();
        check_pictures(&measured, folder.path()).unwrap_err();
    }

    #[test]
    fn marks_must_be_whole() {
        assert!(with_figures("<!-- figures: method -->\n", &measured()).is_err());
        assert!(with_figures("<!-- figures: nothing -->\n<!-- end of figures -->\n", &measured()).is_err());
    }

    #[test]
    fn a_figure_outside_the_marks_is_found() {
        let loose = |text| loose_figure(text, &UNITS);
        assert_eq!(loose("one\nit takes 1,234 ns.\n"), Some("it takes 1,234 ns."));
        assert_eq!(loose("it is (1.5 x) faster"), Some("it is (1.5 x) faster"));
        assert_eq!(loose("3.1 times faster"), Some("3.1 times faster"));
        assert_eq!(loose("<!-- figures: bars -->\n| 5 ns |\n<!-- end of figures -->\nx86_64, 4096\n"), None);
    }
}
