//! Where a setting comes from: the command line, else the environment, else the settings file.
//!
//! The two lower layers are turned into flags, so that every setting has one definition, one
//! parser and one message, and a flag that is added is at once a variable and a key of the file.
use clap::{Arg, ArgAction, ArgMatches, Command, error::ErrorKind, parser::ValueSource};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    io,
    path::Path,
};

/// Of the environment variables: `APPGWDIAG_WAIT_UNKNOWN`.
pub const PREFIX: &str = "APPGWDIAG_";
/// The flag that names the file; not a key of the file.
const FILE: &str = "config";

/// Parses `argv` over `env` over the file that `--config` names.
pub fn read(
    command: &Command,
    argv: impl IntoIterator<Item = OsString>,
    env: impl Fn(&str) -> Option<OsString>,
    file: impl Fn(&Path) -> io::Result<String>,
) -> Result<ArgMatches, clap::Error> {
    let mut argv: Vec<OsString> = argv.into_iter().collect();
    let said = |argv: &[OsString]| command.clone().try_get_matches_from(argv);

    let matches = said(&argv)?;
    for (arg, flag) in unsaid(command, &matches) {
        let variable = PREFIX.to_owned() + &flag.to_ascii_uppercase().replace('-', "_");
        if let Some(value) = env(&variable) {
            let values = if takes_many(arg) {
                split(&value)
            } else {
                vec![value]
            };
            argv.extend(flags(command, arg, flag, &values, &variable)?);
        }
    }

    let matches = said(&argv)?;
    let Some(path) = matches.get_raw(FILE).and_then(|mut paths| paths.next()) else {
        return Ok(matches);
    };
    let path = Path::new(path);
    let mut keys = file(path)
        .map_err(|error| usage(command, &format!("{}: {error}", path.display())))
        .and_then(|text| {
            keys(&text).map_err(|why| usage(command, &format!("{}: {why}", path.display())))
        })?;
    let known: Vec<&str> = settings(command).map(|(_, flag)| flag).collect();
    if let Some(key) = keys
        .keys()
        .find(|key| !known.contains(&key.as_str()) || *key == FILE)
    {
        let why = format!("{}: {key} is not a setting", path.display());
        return Err(usage(command, &why));
    }
    for (arg, flag) in unsaid(command, &matches) {
        if let Some(values) = keys.remove(flag) {
            let place = format!("{}: {flag}", path.display());
            argv.extend(flags(command, arg, flag, &values, &place)?);
        }
    }
    said(&argv)
}

/// Every flag with a long name, but for those that only print.
fn settings(command: &Command) -> impl Iterator<Item = (&Arg, &str)> {
    let sets = |arg: &&Arg| {
        let action = arg.get_action();
        matches!(
            action,
            ArgAction::Set | ArgAction::Append | ArgAction::SetTrue
        )
    };
    let named = |arg: &'_ Arg| arg.get_long().is_some();
    command
        .get_arguments()
        .filter(sets)
        .filter(move |arg| named(arg))
        .map(|arg| (arg, arg.get_long().unwrap_or_default()))
}

/// The settings that no layer above has said.
fn unsaid<'a>(command: &'a Command, matches: &ArgMatches) -> Vec<(&'a Arg, &'a str)> {
    let said = |arg: &Arg| {
        let source = matches.value_source(arg.get_id().as_str());
        matches!(
            source,
            Some(ValueSource::CommandLine | ValueSource::EnvVariable)
        )
    };
    settings(command).filter(|(arg, _)| !said(arg)).collect()
}

fn takes_many(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append)
        || arg.get_num_args().is_some_and(|most| most.max_values() > 1)
}

fn split(value: &OsStr) -> Vec<OsString> {
    let text = value.to_string_lossy();
    let parts = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    parts.map(OsString::from).collect()
}

/// As a person would have typed it.
fn flags(
    command: &Command,
    arg: &Arg,
    flag: &str,
    values: &[OsString],
    place: &str,
) -> Result<Vec<OsString>, clap::Error> {
    if matches!(arg.get_action(), ArgAction::SetTrue) {
        return match values {
            [value] if value == "true" => Ok(vec![format!("--{flag}").into()]),
            [value] if value == "false" => Ok(vec![]),
            _ => Err(usage(command, &format!("{place}: true or false"))),
        };
    }
    let flag = |value: &OsString| {
        let mut flag = OsString::from(format!("--{flag}="));
        flag.push(value);
        flag
    };
    Ok(values.iter().map(flag).collect())
}

/// `lease: {duration: 15s}` and `leaseDuration: 15s` are both `--lease-duration=15s`.
fn keys(text: &str) -> Result<BTreeMap<String, Vec<OsString>>, String> {
    let document: Value = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
    let mut keys = BTreeMap::new();
    match document {
        Value::Null => Ok(keys),
        Value::Object(_) => collect("", document, &mut keys).map(|()| keys),
        _ => Err("not a map of settings".into()),
    }
}

fn collect(
    name: &str,
    value: Value,
    keys: &mut BTreeMap<String, Vec<OsString>>,
) -> Result<(), String> {
    if let Value::Object(parts) = value {
        return parts.into_iter().try_for_each(|(part, value)| {
            let dash = if name.is_empty() { "" } else { "-" };
            collect(&format!("{name}{dash}{}", kebab(&part)), value, keys)
        });
    }
    let scalar = |value: &Value| match value {
        Value::String(text) => Ok(OsString::from(text)),
        Value::Bool(_) | Value::Number(_) => Ok(OsString::from(value.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(format!("{name} is neither a value nor a list of values"))
        }
    };
    let values = match &value {
        Value::Null => return Ok(()),
        Value::Array(values) => values.iter().map(scalar).collect::<Result<_, _>>()?,
        value => vec![scalar(value)?],
    };
    match keys.insert(name.to_owned(), values) {
        None => Ok(()),
        Some(_) => Err(format!("{name} is said twice")),
    }
}

fn kebab(key: &str) -> String {
    let letter = |letter: char| {
        let dash = letter.is_ascii_uppercase().then_some('-');
        dash.into_iter().chain([letter.to_ascii_lowercase()])
    };
    key.chars().flat_map(letter).collect()
}

fn usage(command: &Command, why: &str) -> clap::Error {
    command.clone().error(ErrorKind::InvalidValue, why)
}
