//! Being built.

/// A Kubernetes control plane on this machine for tests and the demo.
pub mod control_plane;
/// A simulated Azure for tests and the demo.
pub mod sim;
