//! The simulated Azure, a local control plane, and (to come) the demo and the whole-system tests.

/// A Kubernetes control plane on this machine for tests and the demo.
pub mod control_plane;
/// The operator as a process.
pub mod operator;
/// The programs of this workspace.
pub mod programs;
/// A simulated Azure for tests and the demo.
pub mod sim;
