//! `diagnose` and `replay`: the same engine, once over Azure and once over a file.
use super::{
    check,
    failed::Failed,
    files,
    flags::{self, Diagnose},
    manifest,
    outcome::Outcome,
    shapes,
};
use crate::{
    azure::{
        AzureArgs, Bundle, Exchange, Limits, Reader, SetupError,
        exchange::{Failure, Raw},
    },
    consult::{self, Looked},
    private_ca,
    turns::Turn,
    wire::{self, Place, Run},
};
use appgw_crds::{
    AppGatewayDiagnosisSpec, AppGatewayDiagnosisStatus, GROUP, Gateway, KIND, Trigger, VERSION,
    limits,
};
use appgw_runbook::{
    facts::Facts,
    id::ArmId,
    visit::{Thought, Visitor, think},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// How long a gateway may start or stop before that is a finding, as in the operator.
const TRANSITION: SignedDuration = SignedDuration::from_mins(15);

/// Asks Azure and shows what comes of it.
pub(super) fn diagnose(args: &Diagnose) -> Result<u8, Failed> {
    let spec = spec(args)?;
    let taken_at = Timestamp::now();
    let (object, exchanges) = if let Some(object) = refused(&spec, taken_at) {
        (object, vec![])
    } else {
        let looked = look(&spec, &args.azure, taken_at)?;
        (wire::object(&spec, &looked), looked.exchanges)
    };
    let bundle = Bundle::new(taken_at, written(&spec)?, exchanges);
    Outcome::new(object, bundle)?.end(args.output, args.save.as_deref())
}

/// Decides again from a bundle.
pub(super) fn replay(args: &flags::Replay) -> Result<u8, Failed> {
    let text = files::read(&args.file)?;
    let bundle = Bundle::from_json(&text).map_err(|error| files::wrong(&args.file, error))?;
    drop(text);
    let spec = check::spec(bundle.spec().clone());
    let spec =
        spec.map_err(|lines| files::wrong(&args.file, format!("bundle: {}", lines.join("\n"))))?;
    let object = match refused(&spec, bundle.taken_at()) {
        Some(object) => object,
        None => wire::object(&spec, &recorded(&spec, &bundle)),
    };
    Outcome::new(object, bundle)?.end(args.output, None)
}

/// What to diagnose, by manifest or by id; flags count before a manifest.
fn spec(args: &Diagnose) -> Result<AppGatewayDiagnosisSpec, Failed> {
    let mut spec = match (&args.what.filename, &args.what.resource_id) {
        (Some(path), _) => manifest::spec(&files::read(path)?)
            .map_err(|lines| files::wrong(path, lines.join("\n")))?,
        (None, id) => AppGatewayDiagnosisSpec {
            gateway: Gateway {
                // Without the slash that comes along when an id is copied.
                resource_id: ArmId::new(id.as_deref().unwrap_or_default()).to_string(),
            },
            ..AppGatewayDiagnosisSpec::default()
        },
    };
    let flags::Request {
        scheme,
        host,
        path,
        port,
        window,
    } = &args.request;
    let request = &mut spec.request;
    request.scheme = scheme.map(Into::into).or(request.scheme);
    request.host = host.clone().or(request.host.take());
    request.path = path.clone().or(request.path.take());
    request.port = port.or(request.port);
    spec.window = window.clone().or(spec.window);
    Ok(spec)
}

/// The object of a spec that nothing can be asked for; none if something can.
fn refused(spec: &AppGatewayDiagnosisSpec, taken_at: Timestamp) -> Option<Value> {
    if let Some(object) = wire::refusal(spec, taken_at) {
        return Some(object);
    }
    let id = &spec.gateway.resource_id;
    // What is not of our kind at all gets its verdict from the runbook.
    let ours = ArmId::new(id).kind() == "microsoft.network/applicationgateways";
    if !ours || (id.len() <= limits::ARM_ID && shapes::is_arm_id(id)) {
        return None;
    }
    let run = Run {
        trigger: Trigger::CommandLine,
        run_now: String::new(),
        started_at: taken_at,
        finished_at: taken_at,
    };
    let place = Place {
        before: &AppGatewayDiagnosisStatus::default(),
        generation: None,
        run: &run,
        object: None,
        expires: taken_at,
        guard: None,
        docs: None,
    };
    let what = format!("gateway.resourceId: expected {}", shapes::ARM_ID);
    Some(json!({
        "apiVersion": format!("{GROUP}/{VERSION}"),
        "kind": KIND,
        "spec": spec,
        "status": wire::refused(place, spec, &what),
    }))
}

/// One look at Azure. Without a cluster nobody comes again, so a row that waits says so.
fn look(
    spec: &AppGatewayDiagnosisSpec,
    azure: &AzureArgs,
    taken_at: Timestamp,
) -> Result<Looked, Failed> {
    let facts = Facts::about(wire::said(spec), taken_at);
    let visitor = visitor(1);
    if let Thought::Decided(_) = think(&visitor, &facts) {
        // Nothing to ask: no login is needed to say so.
        return Ok(recorded(spec, &Bundle::new(taken_at, json!({}), vec![])));
    }
    let reader = match Reader::new(&azure.settings()?, Limits::default()) {
        Ok(reader) => reader,
        Err(error) => {
            let exchanges = vec![unasked(spec, error)?];
            return Ok(recorded(spec, &Bundle::new(taken_at, json!({}), exchanges)));
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Failed::Run(format!("cannot start: {error}")))?;
    let looked = runtime.block_on(consult::consult(&visitor, facts, &reader, &Turn::free()));
    // A name that is still being looked up is not waited for.
    runtime.shutdown_background();
    Ok(remarked(spec, looked))
}

/// What a bundle comes to, at the last look that is in it.
fn recorded(spec: &AppGatewayDiagnosisSpec, bundle: &Bundle) -> Looked {
    let looks = bundle.exchanges().iter().map(Exchange::look).max();
    let looked = consult::replay(&visitor(looks.unwrap_or(1)), wire::said(spec), bundle);
    remarked(spec, looked)
}

/// Without a cluster, what lies in one cannot be read, and that is said.
fn remarked(spec: &AppGatewayDiagnosisSpec, mut looked: Looked) -> Looked {
    if spec.hints.private_ca.is_some() {
        let why = "lies in a cluster, which is not asked here";
        looked.remarks.push(private_ca::said(why));
    }
    looked
}

const fn visitor(look: u32) -> Visitor {
    Visitor {
        look,
        waiting_since: None,
        transition_limit: TRANSITION,
        hand: None,
    }
}

/// The first question, ended by what keeps us from asking: a login that cannot be had is a verdict,
/// whether Entra ID says so or this machine.
fn unasked(spec: &AppGatewayDiagnosisSpec, error: SetupError) -> Result<Exchange, Failed> {
    let failure = match error {
        SetupError::Credential(why) => Failure::Credential(why),
        SetupError::Client(why) => Failure::Unreachable(why),
        SetupError::Usage(why) => return Err(Failed::Usage(why)),
    };
    let raw = Raw {
        method: "GET".to_owned(),
        path: spec.gateway.resource_id.clone(),
        error: Some(failure.to_string()),
        ..Raw::default()
    };
    Ok(raw.clean())
}

/// The spec as a bundle has it.
fn written(spec: &AppGatewayDiagnosisSpec) -> Result<Value, Failed> {
    serde_json::to_value(spec).map_err(|error| Failed::Run(format!("this is a bug: spec: {error}")))
}
