//! Resolution F: make TLS to the back ends work.
use super::rehearsal::{Candidate, rehearsed, tried};
use super::{
    Method,
    Reach::{Executable, Guided},
};
use crate::{
    draft::{Case, Draft, Drafted, Reason, Risk, part, reference},
    facts::{
        Blocked,
        gateway::{Gateway, Generation},
        health::Health,
        json::{flag, list, number, text},
        probe::is_address,
        routing::clean_host,
    },
    id::{ArmId, Letter::F, Subject},
    plan::{Change, Edit, Pointer},
    report::Finding,
};
use serde_json::{Value, json};

pub(super) static METHODS: [Method; 6] = [
    Method {
        id: "F.1",
        letter: F,
        reach: Executable,
        title: "Ask for the name in the certificate",
        changes: "Settings and probe ask the back end for a host name that its certificate has; the application sees it as Host.",
        article: "The article says so in words only. It is offered for a name that a person gave; a chain without its intermediates is mended on the back end and nowhere else, and switching the checks off is never offered.",
        draft: name,
    },
    Method {
        id: "F.2",
        letter: F,
        reach: Executable,
        title: "Upload the root of the private authority and trust it",
        changes: "The gateway knows one more root, and these settings trust it besides those that they trust.",
        article: "The article uploads and attaches in two writes, and its switch replaces the list of trusted roots. Ours does both in one, and appends. Only a certificate that a person put into the cluster is uploaded: what the back end itself presents may come from whoever stands in between.",
        draft: upload,
    },
    Method {
        id: "F.3",
        letter: F,
        reach: Executable,
        title: "Trust a root that the gateway knows",
        changes: "Back ends behind these settings may have certificates of that authority as well.",
        article: "The article's switch replaces the list of trusted roots. Ours appends.",
        draft: attach,
    },
    Method {
        id: "F.4",
        letter: F,
        reach: Executable,
        title: "Let settings and probe speak the back end's protocol",
        changes: "Every pair that uses these settings is asked by the other protocol from then on, its probe included.",
        article: "The article sets port 443 along with it, which breaks a back end that listens elsewhere, and leaves an Http probe behind, which Azure refuses. Ours keeps the port, and changes settings and probe in one write.",
        draft: protocol,
    },
    Method {
        id: "F.5",
        letter: F,
        reach: Guided,
        title: "Mend the certificate on the back end",
        changes: "Nothing in Azure: the server sends its whole chain, or a certificate that is valid and has the right name.",
        article: "The article says so as well. Nothing on the gateway mends an expired certificate or a chain with a gap, and switching the checks off is never offered.",
        draft: chain,
    },
    Method {
        id: "F.6",
        letter: F,
        reach: Guided,
        title: "Give a v1 gateway the server's own certificate",
        changes: "Settings of a v1 gateway trust the very certificate of the server, not a root.",
        article: "The article uploads a root in every case. v1 takes authentication certificates, and is retired: migrate.",
        draft: authentication,
    },
];

struct Target<'c> {
    pool: String,
    setting: String,
    document: &'c Value,
    gateway: Gateway<'c>,
}

fn target<'c>(case: &'c Case<'_, '_>, finding: &Finding) -> Result<Option<Target<'c>>, Blocked> {
    let Some(Subject::Pair { pool, setting }) = case.pair_of(finding) else {
        return Ok(None);
    };
    let gateway = case.gateway()?;
    let found = gateway.named("backendHttpSettingsCollection", &setting);
    Ok(found.map(|document| Target {
        pool,
        setting,
        document,
        gateway,
    }))
}

impl Target<'_> {
    fn of(&self, member: &str) -> Pointer {
        part("backendHttpSettingsCollection", &self.setting)
            .field("properties")
            .field(member)
    }
    /// A draft that changes these, verified by health, with whom it concerns.
    fn draft(&self, case: &Case<'_, '_>, title: String, edits: Vec<Edit>) -> Draft {
        let pairs = case.pairs_by_setting(&self.setting);
        let verify = case.by_health(pairs.clone(), &self.setting);
        let changes = if edits.is_empty() {
            vec![]
        } else {
            vec![Change::edit(case.view.id(), edits)]
        };
        let draft = Draft::new(title, changes, verify).risk(Risk::Medium);
        if draft.changes.is_empty() {
            return draft;
        }
        draft.effect(format!(
            "concerns every pair of these settings: {}",
            pairs.join(", ")
        ))
    }
    fn candidate(&self, protocol: &str, host: Option<String>) -> Candidate {
        let probe = self.gateway.probe_of(&self.setting);
        let own = |member: &str| probe.and_then(|it| text(it, &["properties", member]));
        let codes = probe
            .into_iter()
            .flat_map(|it| list(it, &["properties", "match", "statusCodes"]))
            .map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned));
        Candidate {
            pool: self.pool.clone(),
            setting: self.setting.clone(),
            protocol: protocol.to_owned(),
            path: own("path").unwrap_or("/").to_owned(),
            host: host.or_else(|| own("host").map(str::to_owned)),
            codes: codes.collect(),
            timeout: probe
                .and_then(|it| number(it, &["properties", "timeout"]))
                .unwrap_or(30),
        }
    }
}

fn group(id: &ArmId) -> &str {
    id.segment("resourceGroups").unwrap_or_default()
}

fn name(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let by_name = finding.id == "certificate-name"
        || (finding.id == "tls-failure" && finding.says.contains("no server name is sent"));
    let Some(target) = target(case, finding)?.filter(|_| by_name) else {
        return Ok(vec![]);
    };
    let host = case.inputs().tls_host.as_deref();
    let host = clean_host(host.ok_or(Blocked::Tell("spec.inputs.F.hostName"))?);
    let setting = &target.setting;
    let title = format!("Let {setting} ask for {host}");
    if is_address(&host) {
        let why =
            format!("spec.inputs.F.hostName: {host} is an address, and certificates go by names");
        return Ok(vec![
            target
                .draft(case, title, vec![])
                .withheld(Reason::NeedsInput, why),
        ]);
    }
    let gateway = target.gateway;
    let mut edits = vec![Edit::of(gateway.0, target.of("hostName"), json!(host))];
    if flag(
        target.document,
        &["properties", "pickHostNameFromBackendAddress"],
    ) == Some(true)
    {
        edits.push(Edit::of(
            gateway.0,
            target.of("pickHostNameFromBackendAddress"),
            json!(false),
        ));
    }
    let mut kept = None;
    if let Some(probe) = gateway.probe_of(setting) {
        let probe_name = text(probe, &["name"]).unwrap_or_default();
        let picks = flag(
            probe,
            &["properties", "pickHostNameFromBackendHttpSettings"],
        ) == Some(true);
        let at = part("probes", probe_name).field("properties/host");
        if !picks {
            edits.push(Edit::of(gateway.0, at, json!(host)));
            kept = Some(probe_name.to_owned());
        }
    }
    edits.retain(|it| it.before != it.after);
    if edits.is_empty() {
        let why = format!("{setting} and its probe ask for {host} already");
        return Ok(vec![
            target
                .draft(case, title, vec![])
                .withheld(Reason::NeedsInput, why),
        ]);
    }
    let id = case.view.id();
    let protocol = text(target.document, &["properties", "protocol"])
        .unwrap_or("Https")
        .to_owned();
    let mut draft = target
        .draft(case, title, edits)
        .effect(format!("the application sees {host} as Host, whatever clients asked for"))
        .az(format!(
            "az network application-gateway http-settings update --ids {id}/backendHttpSettingsCollection/{setting} --host-name {host}"
        ));
    if let Some(probe) = kept {
        draft = draft.az(format!(
            "az network application-gateway probe update --ids {id}/probes/{probe} --host {host}"
        ));
    }
    let candidate = target.candidate(&protocol, Some(host));
    Ok(vec![rehearsed(case, draft, &candidate)?])
}

const ABOUT_ROOTS: [&str; 3] = [
    "trusted-root-missing",
    "trusted-root-wrong",
    "trusted-root-corrupt",
];

fn is_v1(case: &Case<'_, '_>) -> Result<bool, Blocked> {
    Ok(case.gateway()?.generation() == Generation::V1)
}

/// The certificate of `spec.hints.privateCa` as Azure takes it: base64 of one certificate in DER.
fn root(case: &Case<'_, '_>) -> Result<Result<String, String>, Blocked> {
    let pem = case.facts().said().private_ca_pem.as_deref();
    let pem = pem.ok_or(Blocked::Tell("spec.hints.privateCa"))?;
    let inner = pem
        .split_once("-----BEGIN CERTIFICATE-----")
        .and_then(|(_, rest)| rest.split_once("-----END CERTIFICATE-----"));
    let Some((inner, after)) = inner else {
        return Ok(Err("spec.hints.privateCa: not a certificate in PEM".into()));
    };
    if after.contains("BEGIN CERTIFICATE") {
        return Ok(Err(
            "spec.hints.privateCa: more than one certificate, and only the root belongs there"
                .into(),
        ));
    }
    let data: String = inner.chars().filter(|c| !c.is_whitespace()).collect();
    // A certificate is a sequence with a length of two bytes, which in base64 begins so.
    let plain = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    if !data.starts_with("MII") || !data.chars().all(plain) {
        return Ok(Err(
            "spec.hints.privateCa: what stands in the PEM is no certificate".into(),
        ));
    }
    Ok(Ok(data))
}

/// A root of the gateway that is this very certificate.
fn held<'c>(gateway: Gateway<'c>, data: &str) -> Option<&'c str> {
    let same = |it: &&Value| {
        let own: String = text(it, &["properties", "data"])
            .unwrap_or_default()
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect();
        own == data
    };
    let found = list(gateway.0, &["properties", "trustedRootCertificates"]).find(same);
    found.and_then(|it| text(it, &["name"]))
}

fn trusts(target: &Target<'_>, root: &str) -> bool {
    list(target.document, &["properties", "trustedRootCertificates"]).any(|it| {
        let id = text(it, &["id"]).map(ArmId::new);
        id.is_some_and(|id| id.name().eq_ignore_ascii_case(root))
    })
}

/// One more root in the list of the settings; those that are there stay.
fn attached(case: &Case<'_, '_>, target: &Target<'_>, root: &str) -> Edit {
    let item = reference(case.view.id(), "trustedRootCertificates", root);
    Edit {
        at: target.of("trustedRootCertificates").item(item.clone()),
        before: Value::Null,
        after: item,
    }
}

fn upload(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let Some(target) = target(case, finding)?.filter(|_| ABOUT_ROOTS.contains(&finding.id)) else {
        return Ok(vec![]);
    };
    if is_v1(case)? {
        return Ok(vec![]);
    }
    let setting = &target.setting;
    let title = format!("Upload the root of the private authority and let {setting} trust it");
    let data = match root(case)? {
        Ok(data) => data,
        Err(why) => {
            return Ok(vec![
                target
                    .draft(case, title, vec![])
                    .withheld(Reason::NeedsInput, why),
            ]);
        }
    };
    if held(target.gateway, &data).is_some() {
        return Ok(vec![]);
    }
    let name = case.free_name("trustedRootCertificates", "private-root")?;
    let edits = vec![
        Edit {
            at: part("trustedRootCertificates", &name),
            before: Value::Null,
            after: json!({"name": name, "properties": {"data": data}}),
        },
        attached(case, &target, &name),
    ];
    let id = case.view.id();
    let draft = target
        .draft(case, title, edits)
        .effect("whatever that authority signs is trusted for these settings")
        .check("the certificate is the one of spec.hints.privateCa")
        .az(format!(
            "az network application-gateway root-cert create -g {} --gateway-name {} -n {name} --cert-file root.cer",
            group(id), id.name()
        ))
        .az(format!(
            "az network application-gateway http-settings update --ids {id}/backendHttpSettingsCollection/{setting} --add trustedRootCertificates id={id}/trustedRootCertificates/{name}"
        ));
    Ok(vec![draft])
}

fn attach(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let Some(target) = target(case, finding)?.filter(|_| ABOUT_ROOTS.contains(&finding.id)) else {
        return Ok(vec![]);
    };
    // Without the certificate nobody can say that a root of the gateway is the right one.
    if is_v1(case)? || case.facts().said().private_ca_pem.is_none() {
        return Ok(vec![]);
    }
    let Ok(data) = root(case)? else {
        return Ok(vec![]);
    };
    let Some(root) = held(target.gateway, &data).filter(|it| !trusts(&target, it)) else {
        return Ok(vec![]);
    };
    let setting = &target.setting;
    let id = case.view.id();
    let draft = target
        .draft(
            case,
            format!("Let {setting} trust root {root}"),
            vec![attached(case, &target, root)],
        )
        .effect("whatever that authority signs is trusted for these settings")
        .check(format!("root {root} of the gateway is the certificate of spec.hints.privateCa"))
        .az(format!(
            "az network application-gateway http-settings update --ids {id}/backendHttpSettingsCollection/{setting} --add trustedRootCertificates id={id}/trustedRootCertificates/{root}"
        ));
    Ok(vec![draft])
}

fn protocol(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let Some(target) = target(case, finding)? else {
        return Ok(vec![]);
    };
    let now = text(target.document, &["properties", "protocol"]).unwrap_or_default();
    let (from, to) = match (finding.id, now.to_ascii_lowercase().as_str()) {
        ("tls-failure", "https") => ("Https", "Http"),
        ("probe-status", "http") if finding.says.contains("plain HTTP on a TLS port") => {
            ("Http", "Https")
        }
        _ => return Ok(vec![]),
    };
    let setting = &target.setting;
    let title = format!("Let {setting} and its probe speak {to}");
    let held = |why: String| {
        Ok(vec![
            target
                .draft(case, title.clone(), vec![])
                .withheld(Reason::EvidenceTooWeak, why),
        ])
    };
    if !case.facts().said().rehearse {
        return held("only a try from the gateway shows which protocol the back end speaks, and spec.mode is ReadOnly".into());
    }
    let candidate = target.candidate(to, None);
    match tried(case, &candidate)? {
        Ok(all)
            if !all.is_empty() && all.iter().all(|(_, health, _)| *health == Health::Healthy) => {}
        Ok(all) => {
            let words = all
                .first()
                .map_or("no server was tried".to_owned(), |(address, _, log)| {
                    format!("{address}: {log}")
                });
            return held(format!(
                "tried from the gateway, {to} does not do either: {words}"
            ));
        }
        Err(why) => return held(format!("{to} could not be tried from the gateway: {why}")),
    }
    let gateway = target.gateway;
    let mut edits = vec![Edit::of(gateway.0, target.of("protocol"), json!(to))];
    let mut commands = vec![];
    let id = case.view.id();
    if let Some(probe) = gateway.probe_of(setting) {
        let name = text(probe, &["name"]).unwrap_or_default();
        let users =
            list(gateway.0, &["properties", "backendHttpSettingsCollection"]).filter(|it| {
                let id = text(it, &["properties", "probe", "id"]).map(ArmId::new);
                id.is_some_and(|id| id.name().eq_ignore_ascii_case(name))
            });
        if users.count() > 1 {
            return held(format!(
                "probe {name} is used by other settings as well, and Azure wants it to speak as they do"
            ));
        }
        edits.push(Edit::of(
            gateway.0,
            part("probes", name).field("properties/protocol"),
            json!(to),
        ));
        commands.push(format!(
            "az network application-gateway probe update --ids {id}/probes/{name} --protocol {to}"
        ));
    }
    if to == "Http" {
        for member in ["trustedRootCertificates", "sniName"] {
            let edit = Edit::of(gateway.0, target.of(member), Value::Null);
            edits.extend((!edit.before.is_null()).then_some(edit));
        }
    }
    let port = number(target.document, &["properties", "port"]).unwrap_or_default();
    let mut draft = target
        .draft(case, title.clone(), edits)
        .risk(Risk::High)
        .check(format!("tried from the gateway: {to} is Healthy on every server"))
        .effect(format!("the port stays {port}; settings and probe change in one write"))
        .az(format!(
            "az network application-gateway http-settings update --ids {id}/backendHttpSettingsCollection/{setting} --protocol {to}"
        ));
    draft.az.extend(commands);
    if from == "Https" {
        draft = draft.effect("traffic between gateway and back end is no longer encrypted");
    }
    Ok(vec![draft])
}

fn chain(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let there = finding.id.starts_with("certificate-") && finding.id != "certificate-name";
    let Some(target) = target(case, finding)?.filter(|_| there) else {
        return Ok(vec![]);
    };
    let what = match finding.id {
        "certificate-expired" | "certificate-invalid" => {
            "renew the certificate and install it on every server of the pool"
        }
        "certificate-order" => {
            "have the server send its own certificate first, then the intermediates"
        }
        "certificate-leaf-missing" => {
            "have the server send its own certificate, not only those of the authority"
        }
        _ => "have the server send its whole chain, intermediates included",
    };
    let steps = vec![
        what.to_owned(),
        format!(
            "servers of pool {}, asked by {}",
            target.pool, target.setting
        ),
        "check with: openssl s_client -connect SERVER:PORT -servername NAME -showcerts".to_owned(),
        "switching the checks of the gateway off hides it and is not offered".to_owned(),
    ];
    Ok(vec![Draft::advice(
        "Mend the certificate on the back end",
        steps,
    )])
}

fn authentication(case: &Case<'_, '_>, finding: &Finding) -> Drafted {
    let Some(target) = target(case, finding)?.filter(|_| ABOUT_ROOTS.contains(&finding.id)) else {
        return Ok(vec![]);
    };
    if !is_v1(case)? {
        return Ok(vec![]);
    }
    let steps = vec![
        "v1 takes the very certificate of the server (authenticationCertificates), not a root"
            .to_owned(),
        format!("it would be attached to {}", target.setting),
        "v1 was retired on 2026-04-28: migrate to v2, which takes roots".to_owned(),
    ];
    Ok(vec![Draft::advice(
        "Give the v1 gateway the server's own certificate",
        steps,
    )])
}
