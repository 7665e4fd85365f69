//! Kernels for the virtual machines: Debian's own, fetched by apt below a folder of our own, so that the machine's
//! configuration stays as it is; or any file.

use crate::exec::{exec, output, quote};
use crate::target::{Arch, MachineKind};
use crate::workspace;
use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;

/// The series that the tests run on, oldest first.
pub(crate) const SERIES: [&str; 2] = ["6.1", "6.12"];

/// Which kernel to boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kernel {
    /// The newest of a series that Debian has, such as `6.12`, or of a flavour of it, such as `6.12-16k`.
    Series(String),
    File(PathBuf),
}

impl FromStr for Kernel {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let is_series = text.starts_with(|first: char| first.is_ascii_digit()) && !text.contains('/');
        match (is_series, Path::new(text)) {
            (_, file) if file.is_file() => Ok(Self::File(file.to_owned())),
            (true, _) => Ok(Self::Series(text.to_owned())),
            (false, file) => bail!("{} is neither a file nor a series such as 6.12", file.display()),
        }
    }
}

impl std::fmt::Display for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Series(series) => write!(f, "kernel {series}"),
            Self::File(file) => write!(f, "kernel {}", file.display()),
        }
    }
}

impl Kernel {
    /// What names it on a command line.
    pub(crate) fn argument(&self) -> &OsStr {
        match self {
            Self::Series(series) => OsStr::new(series),
            Self::File(file) => file.as_os_str(),
        }
    }

    /// The kernel's image, fetched if it is not here yet.
    pub(crate) fn image(&self, arch: Arch) -> Result<PathBuf> {
        match self {
            Self::File(file) => Ok(file.clone()),
            Self::Series(series) => fetch(arch, series).with_context(|| {
                format!("there is no kernel {series} for {}; `--kernel FILE` names one", arch.target().name)
            }),
        }
    }
}

fn fetch(arch: Arch, series: &str) -> Result<PathBuf> {
    let kind = arch.machine()?;
    let folder = folder(arch)?;
    let image = folder.join(format!("vmlinuz-{series}"));
    let _alone = alone(&folder)?;
    if image.is_file() {
        return Ok(image);
    }
    let (series, flavour) = match series.split_once('-') {
        Some((series, flavour)) => (series, format!("{}-{flavour}", kind.debian)),
        None => (series, kind.debian.to_owned()),
    };
    // The names of other flavours have words before the architecture's: `linux-image-6.1.0-56-rt-amd64`.
    let pattern = format!("^linux-image-{}\\.[0-9.+-]*(deb[0-9]+)?-{flavour}$", series.replace('.', "\\."));
    again(|| {
        let apt = Apt::new(kind, &folder)?;
        apt.extract(&apt.newest(&pattern)?, "./boot/vmlinuz-*", &image)
    })?;
    Ok(image)
}

/// Does it once more if it fails: what a mirror has may change between its index and its packages.
fn again(fetch: impl Fn() -> Result<()>) -> Result<()> {
    fetch().or_else(|_| fetch())
}

/// A busybox for the machine, for those tests that need programs that nobody here wrote.
pub(crate) fn busybox(arch: Arch) -> Result<PathBuf> {
    let folder = folder(arch)?;
    let file = folder.join("busybox");
    let _alone = alone(&folder)?;
    if !file.is_file() {
        let kind = arch.machine()?;
        again(|| Apt::new(kind, &folder)?.extract("busybox-static", "./bin/busybox", &file))?;
    }
    Ok(file)
}

/// Waits until nobody else fetches something into the folder; that lasts until the file is dropped.
fn alone(folder: &Path) -> Result<File> {
    let path = folder.join("lock");
    let file = File::create(&path).with_context(|| format!("cannot make {}", path.display()))?;
    if file.try_lock().is_err() {
        eprintln!("another xtask fetches packages; this one waits for it");
        file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    }
    Ok(file)
}

/// Where everything for an architecture's machines is.
pub(crate) fn folder(arch: Arch) -> Result<PathBuf> {
    let folder = workspace::target_directory()?.join("machine").join(arch.target().name);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// apt with the machine's sources and nothing else of the machine.
struct Apt {
    folder: PathBuf,
    options: Vec<String>,
}

impl Apt {
    fn new(kind: &MachineKind, folder: &Path) -> Result<Self> {
        let folder = folder.join("apt");
        let at = |name: &str| folder.join(name).display().to_string();
        for name in ["lists/partial", "cache/archives/partial"] {
            std::fs::create_dir_all(at(name)).with_context(|| format!("cannot make {}", at(name)))?;
        }
        std::fs::write(at("status"), "").with_context(|| format!("cannot write {}", at("status")))?;
        let options = [
            format!("APT::Architecture={}", kind.debian),
            format!("APT::Architectures={}", kind.debian),
            format!("Dir::State::lists={}", at("lists")),
            format!("Dir::State::status={}", at("status")),
            format!("Dir::Cache={}", at("cache")),
            "Acquire::Languages=none".to_owned(),
            "Acquire::Retries=5".to_owned(),
            // The unprivileged user that root would fetch as cannot write here.
            "APT::Sandbox::User=root".to_owned(),
        ];
        let apt = Self { folder, options: options.to_vec() };
        exec(apt.command("apt-get").args(["--quiet", "--quiet", "update"]))?;
        Ok(apt)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        for option in &self.options {
            command.args(["-o", option]);
        }
        command
    }

    /// The package with the highest version in its name.
    fn newest(&self, pattern: &str) -> Result<String> {
        let found = output(self.command("apt-cache").args(["search", "--names-only", pattern]))?;
        let names = found.lines().filter_map(|line| line.split(' ').next());
        names.max_by_key(|name| version(name)).map(str::to_owned).context("the package sources have none")
    }

    /// Fetches a package and takes one file out of it.
    fn extract(&self, package: &str, member: &str, to: &Path) -> Result<()> {
        let [unpacked, contents] = ["unpacked", "contents"].map(|name| self.folder.join(name));
        for folder in [&unpacked, &contents] {
            // What is left of an attempt that failed.
            if folder.exists() {
                std::fs::remove_dir_all(folder)?;
            }
            std::fs::create_dir_all(folder)?;
        }
        exec(
            self.command("apt-get").args(["--quiet", "--quiet", "download", package]).current_dir(&unpacked),
        )?;
        let archive = only_file(&unpacked)?;
        let mut files = Command::new("dpkg-deb");
        files.arg("--fsys-tarfile").arg(&archive).stdout(Stdio::piped());
        let mut files_child = files.spawn().with_context(|| format!("cannot start `{}`", quote(&files)))?;
        let tar = files_child.stdout.take().context("its output is a pipe")?;
        exec(
            Command::new("tar")
                .args(["--extract", "--wildcards", "--strip-components=2", "--directory"])
                .arg(&contents)
                .arg(member)
                .stdin(tar),
        )?;
        files_child.wait()?;
        std::fs::rename(only_file(&contents)?, to)?;
        std::fs::remove_dir_all(&unpacked)?;
        std::fs::remove_dir_all(&contents)?;
        Ok(())
    }
}

fn only_file(folder: &Path) -> Result<PathBuf> {
    let entry =
        std::fs::read_dir(folder)?.next().with_context(|| format!("{} is empty", folder.display()))?;
    Ok(entry?.path())
}

/// The numbers in a name, for comparison: those of `linux-image-6.1.0-56-arm64` are 6, 1, 0, 56, 64.
fn version(name: &str) -> Vec<u64> {
    name.split(|character: char| !character.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_fetches_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = alone(folder.path()).unwrap();
        let second = File::open(folder.path().join("lock")).unwrap();
        second.try_lock().unwrap_err();
        drop(first);
        second.try_lock().unwrap();
    }

    #[test]
    fn versions_are_compared_by_number() {
        assert!(version("linux-image-6.12.117+deb12-arm64") > version("linux-image-6.12.99+deb12-arm64"));
        assert!(version("linux-image-6.1.0-56-amd64") > version("linux-image-6.1.0-9-amd64"));
    }

    #[test]
    fn a_kernel_is_a_series_or_a_file() {
        assert_eq!("6.12-16k".parse::<Kernel>().unwrap(), Kernel::Series("6.12-16k".to_owned()));
        assert_eq!(
            "/dev/../etc/passwd".parse::<Kernel>().unwrap(),
            Kernel::File("/dev/../etc/passwd".into())
        );
        "no/such/file".parse::<Kernel>().unwrap_err();
    }
}
