//! What goes in and out of this process.
use super::{failed::Failed, text};
use std::{
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Read as _, Write as _},
    path::Path,
};

/// The text of a file; `-` is stdin.
pub(super) fn read(path: &Path) -> Result<String, Failed> {
    let text = if path.as_os_str() == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    text.map_err(|error| wrong(path, error))
}

/// Something is wrong with a file.
pub(super) fn wrong(path: &Path, why: impl std::fmt::Display) -> Failed {
    let name = if path.as_os_str() == "-" {
        "stdin".into()
    } else {
        path.to_string_lossy()
    };
    Failed::Run(format!("{name}: {why}"))
}

/// Prints to stdout. A reader that has seen enough has closed the pipe, and that is no failure.
pub(super) fn print(text: &str) -> Result<(), Failed> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failed::Run(format!("stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes a file whole or not at all: nobody ever reads half of it.
pub(super) fn save(path: &Path, text: &str) -> Result<(), Failed> {
    let failed = |error| wrong(path, format!("cannot be written: {error}"));
    let Some(name) = path.file_name() else {
        return Err(failed(io::Error::from(ErrorKind::IsADirectory)));
    };
    let mut beside = name.to_os_string();
    beside.push(format!(".{}.part", std::process::id()));
    let beside = path.with_file_name(beside);
    // A new file, so that nobody can put a link in its place.
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&beside)
        .map_err(failed)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| fs::rename(&beside, path));
    written.map_err(|error| {
        // The first failure is the one to tell.
        let _ = fs::remove_file(&beside);
        failed(error)
    })
}

/// Says what went wrong, on stderr if anybody listens there.
pub(super) fn complain(failed: &Failed) {
    let _ = writeln!(
        io::stderr(),
        "error: {}",
        text::printable(&failed.to_string())
    );
}
