use std::{collections::HashMap, os::unix::fs::PermissionsExt, thread};

use tempfile::TempDir;

use super::*;

const TOOLS: [&Tool; 3] = [&KUBE_APISERVER, &ETCD, &KUBECTL];
/// Counts its calls in a file beside it and writes its arguments to the output.
const GO: &str = "#!/bin/sh\necho >>\"$0.calls\"\nargs=$*\nwhile [ \"$1\" != -o ]; do shift; done\necho \"$args\" >\"$2\"\n";

/// Temporary places: a cache, a copy of the sources, and a `PATH` of one folder.
struct Fixture {
    folder: TempDir,
    places: Places,
}

fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let sub = |name: &str| folder.path().join(name);
    for module in [&KUBERNETES, &ETCD_SERVER, &HELM_MODULE] {
        fs::create_dir_all(sub("tools").join(module.folder)).unwrap();
        for name in ["go.mod", "go.sum"] {
            let real = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("tools")
                .join(module.folder)
                .join(name);
            fs::copy(real, sub("tools").join(module.folder).join(name)).unwrap();
        }
    }
    fs::create_dir(sub("bin")).unwrap();
    let places = Places {
        assets: None,
        cache: Some(sub("cache")),
        sources: sub("tools"),
        path: env::join_paths([sub("nowhere"), sub("bin")]).unwrap(),
        say: |_| {},
    };
    Fixture { folder, places }
}

impl Fixture {
    fn go(&self, script: &str) {
        let go = self.folder.path().join("bin/go");
        fs::write(&go, script).unwrap();
        fs::set_permissions(&go, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn calls(&self) -> usize {
        fs::read_to_string(self.folder.path().join("bin/go.calls"))
            .map_or(0, |calls| calls.lines().count())
    }

    fn assets(&mut self, names: &[&str]) -> PathBuf {
        let assets = self.folder.path().join("assets");
        fs::create_dir(&assets).unwrap();
        for name in names {
            fs::write(assets.join(name), "").unwrap();
        }
        self.places.assets = Some(assets.clone());
        assets
    }

    fn key(&self, tool: &Tool) -> String {
        let job = self.places.job(Path::new("cache"), tool).unwrap();
        job.output
            .parent()
            .unwrap()
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// The pinned version.
    fn version(&self, module: &Module) -> String {
        let go_mod = self.places.sources.join(module.folder).join("go.mod");
        required_version(&fs::read_to_string(go_mod).unwrap(), module.path)
            .unwrap()
            .to_owned()
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.places.sources.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }
}

fn places(variables: &[(&str, &str)]) -> Places {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    Places::of(&|name| variables.get(name).map(OsString::from))
}

#[test]
fn the_cache_is_where_the_user_wants_it() {
    let cache = |variables: &[(&str, &str)]| places(variables).cache;
    let all = [
        ("APPGWDIAG_CACHE", "/a"),
        ("XDG_CACHE_HOME", "/x"),
        ("HOME", "/h"),
    ];
    assert_eq!(cache(&all), Some("/a/control-plane".into()));
    assert_eq!(
        cache(&all[1..]),
        Some("/x/appgw-diagnosis/control-plane".into())
    );
    assert_eq!(
        cache(&all[2..]),
        Some("/h/.cache/appgw-diagnosis/control-plane".into())
    );
    assert_eq!(
        cache(&[("XDG_CACHE_HOME", "x"), all[2]]),
        Some("/h/.cache/appgw-diagnosis/control-plane".into())
    );
    assert_eq!(
        cache(&[("APPGWDIAG_CACHE", ""), all[2]]),
        Some("/h/.cache/appgw-diagnosis/control-plane".into())
    );
    assert_eq!(cache(&[]), None);
}

#[test]
fn complete_assets_are_taken_and_nothing_else_is_looked_at() {
    let mut fixture = fixture();
    let assets = fixture.assets(&["etcd", "kubectl", "kube-apiserver"]);
    fixture.places.cache = None;
    let found = fixture.places.locate(TOOLS).unwrap();
    assert_eq!(
        found,
        ["kube-apiserver", "etcd", "kubectl"].map(|name| assets.join(name))
    );
}

#[test]
fn helm_is_found_beside_the_others_or_built_with_its_version() {
    let mut fixture = fixture();
    fixture.go(GO);
    let [built] = fixture.places.locate([&HELM]).unwrap();
    let args = fs::read_to_string(built).unwrap();
    let version = fixture.version(&HELM_MODULE);
    assert!(
        args.contains(&format!("internal/version.version={version} ")),
        "{args}"
    );
    let assets = fixture.assets(&["helm"]);
    assert_eq!(
        fixture.places.locate([&HELM]).unwrap(),
        [assets.join("helm")]
    );
}

#[test]
fn without_go_helm_alone_is_asked_for() {
    let fixture = fixture();
    let error = fixture.places.locate([&HELM]).unwrap_err().to_string();
    assert!(
        error.contains("KUBEBUILDER_ASSETS at a folder with helm,") && !error.contains('\n'),
        "{error}"
    );
}

#[test]
fn incomplete_assets_are_told_and_left_alone() {
    let mut fixture = fixture();
    let assets = fixture.assets(&["etcd"]);
    let lacks = in_assets(&assets, &TOOLS).unwrap_err();
    let expected = format!(
        "KUBEBUILDER_ASSETS lacks kube-apiserver, kubectl (looked in {})",
        assets.display()
    );
    assert!(
        lacks.starts_with(&expected) && !lacks.contains('\n'),
        "{lacks}"
    );

    // Not even etcd comes from there: the versions would not match.
    fixture.go(GO);
    let found = fixture.places.locate(TOOLS).unwrap();
    assert!(
        found
            .iter()
            .all(|path| path.starts_with(fixture.folder.path().join("cache"))),
        "{found:?}"
    );
}

#[test]
fn what_is_missing_is_built_once() {
    let fixture = fixture();
    fixture.go(GO);
    let found = fixture.places.locate(TOOLS).unwrap();
    assert_eq!(fixture.calls(), 3);
    let args = fs::read_to_string(&found[0]).unwrap();
    let version = fixture.version(&KUBERNETES);
    assert!(
        args.contains(&format!(
            "-s -w -X k8s.io/component-base/version.gitVersion={version}"
        )),
        "{args}"
    );
    assert!(
        args.ends_with(" k8s.io/kubernetes/cmd/kube-apiserver\n"),
        "{args}"
    );
    let left: Vec<_> = fs::read_dir(found[0].parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(left.len(), 2, "no temporary file may stay: {left:?}");

    assert_eq!(fixture.places.locate(TOOLS).unwrap(), found);
    assert_eq!(fixture.calls(), 3);
}

#[test]
fn two_at_once_build_once() {
    let fixture = fixture();
    fixture.go(&GO.replace("args=", "sleep 0.3\nargs="));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| fixture.places.locate([&ETCD]).unwrap());
        }
    });
    assert_eq!(fixture.calls(), 1);
}

#[test]
fn a_hit_needs_no_go() {
    let fixture = fixture();
    fixture.go(GO);
    let found = fixture.places.locate(TOOLS).unwrap();
    fs::remove_file(fixture.folder.path().join("bin/go")).unwrap();
    assert_eq!(fixture.places.locate(TOOLS).unwrap(), found);
}

#[test]
fn without_go_one_line_says_what_is_missing_and_the_ways_out() {
    let fixture = fixture();
    let error = fixture.places.locate(TOOLS).unwrap_err().to_string();
    for part in [
        "/kube-apiserver, ",
        "/etcd, ",
        "/kubectl, ",
        "no `go` on PATH",
        "KUBEBUILDER_ASSETS",
        "APPGWDIAG_CACHE",
    ] {
        assert!(error.contains(part), "{part} is not in {error}");
    }
    assert!(!error.contains('\n'), "{error}");
}

#[test]
fn a_failed_build_quotes_go_and_leaves_nothing() {
    let fixture = fixture();
    fixture.go("#!/bin/sh\necho verifying module: checksum mismatch >&2\nexit 1\n");
    let error = format!("{:#}", fixture.places.locate([&ETCD]).unwrap_err());
    assert!(
        error.contains(&format!(
            "cannot build etcd {}",
            fixture.version(&ETCD_SERVER)
        )) && error.contains("checksum mismatch"),
        "{error}"
    );
    let folder = fixture.folder.path().join("cache").join(fixture.key(&ETCD));
    assert_eq!(fs::read_dir(folder).unwrap().count(), 0);
}

#[test]
fn a_bump_changes_the_key_of_its_module_alone() {
    let fixture = fixture();
    let (kubernetes, etcd) = (fixture.key(&KUBE_APISERVER), fixture.key(&ETCD));
    assert!(
        kubernetes.starts_with(&format!("kubernetes-{}-", fixture.version(&KUBERNETES))),
        "{kubernetes}"
    );
    assert_eq!(kubernetes, fixture.key(&KUBECTL));

    let pinned = format!("{} {}", ETCD_SERVER.path, fixture.version(&ETCD_SERVER));
    fixture.edit(
        "etcd/go.mod",
        &pinned,
        &format!("{} v9.9.9", ETCD_SERVER.path),
    );
    assert!(fixture.key(&ETCD).starts_with("etcd-v9.9.9-"));
    assert_eq!(fixture.key(&KUBE_APISERVER), kubernetes);

    // The version of a module further down makes a difference too.
    fixture.edit("kubernetes/go.sum", "h1:", "h1:x");
    assert_ne!(fixture.key(&KUBE_APISERVER), kubernetes);
    assert_ne!(fixture.key(&ETCD), etcd);
}

#[test]
fn a_version_is_found_alone_and_in_a_block() {
    assert_eq!(
        required_version("require a.b/c v1.2.3\n", "a.b/c"),
        Some("v1.2.3")
    );
    assert_eq!(
        required_version(
            "require (\n\ta.b/c/d v2.0.0\n\ta.b/c v1.2.3 // indirect\n)",
            "a.b/c"
        ),
        Some("v1.2.3")
    );
    assert_eq!(
        required_version("replace a.b/c => a.b/c v1.2.3\ntool a.b/c\n", "a.b/c"),
        None
    );
}
