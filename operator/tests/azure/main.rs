//! The reader over real TLS, against a server that answers as it is told.
#![allow(unreachable_pub, reason = "modules of a test")]
mod credentials;
mod limits;
mod paging;
mod reader;
mod secrets;
mod server;
mod sharing;
mod support;
mod waits;
