//! Every finding there is. Ids never change their meaning; a test holds that none is missing.

/// One finding, for people.
pub(super) struct Known {
    /// As in `status.findings[].id`.
    pub(super) id: &'static str,
    /// Rows of the article it rests on; none for checks beyond the article.
    pub(super) rows: &'static [&'static str],
    /// Resolution it leads to; empty where no letter of the article mends it.
    pub(super) letter: &'static str,
    /// What it means, in one sentence.
    pub(super) means: &'static str,
}

/// In the order of their rows.
pub(super) const ALL: [Known; 15] = [
    Known {
        id: "gateway-stopped",
        rows: &["1a.2"],
        letter: "G",
        means: "The gateway is switched off and accepts no connection, so whatever answers 502 meanwhile stands in front of it.",
    },
    Known {
        id: "gateway-retired",
        rows: &["1a.2"],
        letter: "",
        means: "A stopped gateway of the v1 platform, which Azure has retired: it is not started again, its work moves to a v2 gateway.",
    },
    Known {
        id: "gateway-transition-stuck",
        rows: &["1a.3"],
        letter: "",
        means: "The gateway has been starting, stopping or under creation for longer than Azure needs for it.",
    },
    Known {
        id: "gateway-failed",
        rows: &["1a.4"],
        letter: "G",
        means: "The last write to the gateway failed; the configuration before it usually goes on serving, so this alone is a hint.",
    },
    Known {
        id: "health-flapping",
        rows: &["1b.1"],
        letter: "",
        means: "A server counts as healthy although the last probe of it failed: it may come and go.",
    },
    Known {
        id: "backends-down",
        rows: &["1b.2"],
        letter: "",
        means: "Servers answer their probe with something it does not take for healthy; the probe's own steps have to tell why.",
    },
    Known {
        id: "health-unknown",
        rows: &["1b.3"],
        letter: "",
        means: "No probe result came back over the whole wait, and neither the management ports nor the default route explain it.",
    },
    Known {
        id: "nsg-blocks-management",
        rows: &["1b.3"],
        letter: "C",
        means: "A rule of the NSG on the gateway's own subnet keeps the platform away from the instances, so no health can be collected.",
    },
    Known {
        id: "default-route-astray",
        rows: &["1b.3"],
        letter: "",
        means: "A route of the gateway's subnet sends 0.0.0.0/0 elsewhere than to the Internet, so the platform cannot reach the instances.",
    },
    Known {
        id: "empty-pool",
        rows: &["1b.4"],
        letter: "D",
        means: "A rule sends requests to a pool in which there is no server.",
    },
    Known {
        id: "no-pools",
        rows: &["1b.5"],
        letter: "D",
        means: "Health lists no pool at all: the gateway has none, or reports none of those that its rules lead to.",
    },
    Known {
        id: "nsg-deny-probe",
        rows: &["2c-1.1"],
        letter: "A",
        means: "An NSG rule on the way from the gateway's subnet to the server drops the probe, and with it the requests.",
    },
    Known {
        id: "nsg-deny-partial",
        rows: &["2c-1.1"],
        letter: "A",
        means: "An NSG rule drops only a part of what the gateway's subnet may send; which instances of the gateway it meets cannot be seen.",
    },
    Known {
        id: "slow-start",
        rows: &["2c-1.2"],
        letter: "B",
        means: "Probes time out, no NSG drops them, and the application is known to start slowly: the probe gives up too soon.",
    },
    Known {
        id: "backend-not-listening",
        rows: &["2c-1.3"],
        letter: "A",
        means: "Nothing answers on the probe's port and no NSG drops the probe: the port, the host's own firewall or a route is at fault.",
    },
];

/// A finding by its id, or by the reason of its event.
pub(super) fn find(name: &str) -> Option<&'static Known> {
    let bare = |name: &str| {
        let name = name.trim().to_ascii_lowercase();
        name.strip_prefix("x.").unwrap_or(&name).replace('-', "")
    };
    ALL.iter().find(|known| bare(known.id) == bare(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use appgw_runbook::catalogue;
    use std::{
        collections::BTreeSet,
        fs,
        path::{Path, PathBuf},
    };

    /// Words of the runbook that look like the id of a finding and are none.
    const OTHERS: [&str; 1] = ["time-out"];

    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|it| it == "rs") {
                found.push(path);
            }
        }
    }

    /// Every text in the runbook that is words joined by dashes, tests left out.
    fn ids() -> BTreeSet<String> {
        let mut files = vec![];
        sources(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("runbook/src"),
            &mut files,
        );
        let mut ids = BTreeSet::new();
        for file in files.iter().filter(|file| !file.ends_with("tests.rs")) {
            let text = fs::read_to_string(file).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            let code: String = code
                .lines()
                .filter(|line| !line.trim().starts_with("//"))
                .collect();
            let is_id = |text: &&str| {
                let bare = text.strip_prefix("x.").unwrap_or(text);
                let word =
                    |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase());
                bare.split('-').all(word) && (bare.contains('-') || bare != *text)
            };
            ids.extend(code.split('"').filter(is_id).map(str::to_owned));
        }
        ids
    }

    #[test]
    fn every_finding_of_the_runbook_is_here_and_no_other() {
        let here: BTreeSet<String> = ALL.iter().map(|known| known.id.to_owned()).collect();
        let mut there = ids();
        there.retain(|id| !OTHERS.contains(&id.as_str()));
        assert_eq!(here, there);
        assert_eq!(here.len(), ALL.len());
    }

    #[test]
    fn each_rests_on_rows_that_exist_and_says_one_sentence() {
        let entries = catalogue::entries();
        for known in &ALL {
            assert!(
                !known.rows.is_empty() || known.id.starts_with("x."),
                "{}",
                known.id
            );
            for row in known.rows {
                assert!(
                    entries.iter().any(|entry| entry.id == *row),
                    "{}: {row}",
                    known.id
                );
            }
            assert!(
                known.means.ends_with('.') && known.means.len() < 160,
                "{}",
                known.id
            );
        }
    }

    #[test]
    fn found_by_id_and_by_the_reason_of_the_event() {
        for name in ["nsg-deny-probe", "NsgDenyProbe", " NSG-DENY-PROBE"] {
            assert_eq!(find(name).unwrap().id, "nsg-deny-probe", "{name}");
        }
        assert!(find("nsg").is_none() && find("").is_none());
    }
}
