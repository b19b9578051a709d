//! Where the executables of the control plane, and helm, come from: `KUBEBUILDER_ASSETS`, the user's cache, or a build
//! of the pinned Go modules in `e2e/tools`. Nothing is downloaded but Go modules, and that by `go` itself.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow};
use sha2::{Digest, Sha256};

use super::build::{self, Job};

/// A folder of `e2e/tools` with a `go.mod` and a `go.sum` that pin one Go module.
struct Module {
    /// The folder's name.
    folder: &'static str,
    /// The module's path; the version that `go.mod` requires of it is the version of its tools.
    path: &'static str,
    /// Go variables that are to hold the version; without them the server says `v0.0.0-master`.
    version_variables: &'static [&'static str],
}

/// One executable that can be built.
pub struct Tool {
    /// The file's name, in the cache and in `KUBEBUILDER_ASSETS`.
    pub name: &'static str,
    module: &'static Module,
    package: &'static str,
    /// How long a build takes on two idle cores, for the person who waits.
    takes: &'static str,
}

static KUBERNETES: Module = Module {
    folder: "kubernetes",
    path: "k8s.io/kubernetes",
    version_variables: &[
        "k8s.io/component-base/version.gitVersion",
        "k8s.io/client-go/pkg/version.gitVersion",
    ],
};
static ETCD_SERVER: Module = Module {
    folder: "etcd",
    path: "go.etcd.io/etcd/server/v3",
    version_variables: &[],
};
static HELM_MODULE: Module = Module {
    folder: "helm",
    path: "helm.sh/helm/v4",
    version_variables: &["helm.sh/helm/v4/internal/version.version"],
};

/// The Kubernetes API server.
pub static KUBE_APISERVER: Tool = Tool {
    name: "kube-apiserver",
    module: &KUBERNETES,
    package: "k8s.io/kubernetes/cmd/kube-apiserver",
    takes: "5 to 8 min",
};
/// The command line client of Kubernetes.
pub static KUBECTL: Tool = Tool {
    name: "kubectl",
    module: &KUBERNETES,
    package: "k8s.io/kubernetes/cmd/kubectl",
    takes: "30 s",
};
/// The database of the API server.
pub static ETCD: Tool = Tool {
    name: "etcd",
    module: &ETCD_SERVER,
    package: "go.etcd.io/etcd/server/v3",
    takes: "30 s",
};
/// What renders and installs the chart.
pub static HELM: Tool = Tool {
    name: "helm",
    module: &HELM_MODULE,
    package: "helm.sh/helm/v4/cmd/helm",
    takes: "2 min",
};

/// The paths of `tools`, in their order; what is nowhere to be found is built, which takes minutes and is
/// reported on stderr. Blocks the thread.
///
/// Fails if a build fails, or if something has to be built and there is no `go` on `PATH`.
pub fn locate<const N: usize>(tools: [&Tool; N]) -> Result<[PathBuf; N]> {
    Places::of(&|name| env::var_os(name)).locate(tools)
}

/// Where to look.
struct Places {
    /// `KUBEBUILDER_ASSETS`.
    assets: Option<PathBuf>,
    /// The parent of the folders of built executables, or none without a home folder.
    cache: Option<PathBuf>,
    /// The parent of the module folders.
    sources: PathBuf,
    /// `PATH`, for `go`.
    path: OsString,
    /// Takes a line for the person who waits.
    say: fn(&str),
}

impl Places {
    fn of(variable: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let folder = |name| {
            variable(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let cache = folder("APPGWDIAG_CACHE").or_else(|| {
            // A relative XDG_CACHE_HOME is to be ignored, says the base directory specification.
            let caches = folder("XDG_CACHE_HOME").filter(|path| path.is_absolute());
            caches
                .or_else(|| Some(folder("HOME")?.join(".cache")))
                .map(|caches| caches.join("appgw-diagnosis"))
        });
        Self {
            assets: folder("KUBEBUILDER_ASSETS"),
            cache: cache.map(|cache| cache.join("control-plane")),
            sources: Path::new(env!("CARGO_MANIFEST_DIR")).join("tools"),
            path: variable("PATH").unwrap_or_default(),
            say: build::to_stderr,
        }
    }

    fn locate<const N: usize>(&self, tools: [&Tool; N]) -> Result<[PathBuf; N]> {
        if let Some(assets) = &self.assets {
            match in_assets(assets, &tools) {
                Ok(()) => return Ok(tools.map(|tool| assets.join(tool.name))),
                Err(lacks) => (self.say)(&lacks),
            }
        }
        let cache = self.cache.as_ref().context(
            "no cache folder for the executables of the control plane: set APPGWDIAG_CACHE, XDG_CACHE_HOME or HOME",
        )?;
        let jobs = tools
            .iter()
            .map(|tool| self.job(cache, tool))
            .collect::<Result<Vec<_>>>()?;
        let missing: Vec<&Job> = jobs.iter().filter(|job| !job.output.is_file()).collect();
        if !missing.is_empty() {
            let go = find_go(&self.path).ok_or_else(|| no_go(&missing))?;
            build::build(&go, cache, &missing, self.say)?;
        }
        let paths: Vec<PathBuf> = jobs.into_iter().map(|job| job.output).collect();
        paths
            .try_into()
            .map_err(|_| anyhow!("there is one path a tool"))
    }

    /// How `tool` is built and where the result belongs: a folder a module, named by everything that makes a
    /// difference, so that a bump of one module rebuilds that module's tools.
    fn job(&self, cache: &Path, tool: &Tool) -> Result<Job> {
        let module = tool.module;
        let sources = self.sources.join(module.folder);
        let read = |name: &str| {
            let path = sources.join(name);
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
        };
        let (go_mod, go_sum) = (read("go.mod")?, read("go.sum")?);
        let version = required_version(&go_mod, module.path).with_context(|| {
            format!(
                "{} requires no {}",
                sources.join("go.mod").display(),
                module.path
            )
        })?;
        let variables = module.version_variables.iter();
        let mut linker_flags = vec!["-s -w".to_owned()];
        linker_flags.extend(variables.map(|variable| format!("-X {variable}={version}")));
        let linker_flags = linker_flags.join(" ");
        let digest = Sha256::digest(
            [&go_mod, &go_sum, &linker_flags]
                .map(String::as_str)
                .join("\0"),
        );
        let digest = digest
            .iter()
            .take(6)
            .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        let key = format!(
            "{}-{version}-{}-{}-{digest}",
            module.folder,
            env::consts::OS,
            env::consts::ARCH
        );
        Ok(Job {
            name: tool.name,
            title: format!("{} {version}", tool.name),
            takes: tool.takes,
            package: tool.package,
            output: cache.join(key).join(tool.name),
            sources,
            linker_flags,
        })
    }
}

/// Whether the folder holds all the tools; the error is the line that says what it lacks.
fn in_assets(assets: &Path, tools: &[&Tool]) -> Result<(), String> {
    let missing: Vec<&str> = tools
        .iter()
        .map(|tool| tool.name)
        .filter(|name| !assets.join(name).is_file())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "KUBEBUILDER_ASSETS lacks {} (looked in {}); going on with the cache",
        missing.join(", "),
        assets.display()
    ))
}

/// The version in the line `PATH VERSION` of a `go.mod`, within `require ( … )` or after `require`.
fn required_version<'a>(go_mod: &'a str, module: &str) -> Option<&'a str> {
    go_mod.lines().find_map(|line| {
        let line = line.trim();
        let mut words = line
            .strip_prefix("require ")
            .unwrap_or(line)
            .split_whitespace();
        let found = words.next() == Some(module);
        words
            .next()
            .filter(|version| found && version.starts_with('v'))
    })
}

fn find_go(path: &OsStr) -> Option<PathBuf> {
    env::split_paths(path)
        .map(|folder| folder.join("go"))
        .find(|go| go.is_file())
}

fn no_go(missing: &[&Job]) -> anyhow::Error {
    let paths: Vec<String> = missing
        .iter()
        .map(|job| job.output.display().to_string())
        .collect();
    let names: Vec<&str> = missing.iter().map(|job| job.name).collect();
    anyhow!(
        "the control plane needs {}, and there is no `go` on PATH to build what is missing: put Go 1.26 or newer on PATH, \
         or point KUBEBUILDER_ASSETS at a folder with {}, \
         or APPGWDIAG_CACHE at a cache that is filled already",
        paths.join(", "),
        names.join(", ")
    )
}

#[cfg(test)]
mod tests;
