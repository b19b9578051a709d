//! Every wait and every size, in one place.
use std::time::Duration;

/// How long and how much. The defaults suit the real service; tests set a second.
///
/// All waits are measured by the monotonic clock: a clock that is set does not matter.
#[derive(Clone, Debug)]
pub struct Limits {
    /// To set up a connection, TLS included. Default 5 s.
    pub connect: Duration,
    /// For one request, up to the last byte of its answer. Default 30 s.
    pub request: Duration,
    /// For one question that is no operation: retries, pages and waits that Azure asks for included.
    /// Default 90 s.
    pub question: Duration,
    /// The same for back-end health, which is a long-running operation. Default 6 min.
    pub health: Duration,
    /// To look a host name up. Default 2 s.
    pub resolve: Duration,
    /// To connect to a back end and greet it. Default 5 s.
    pub handshake: Duration,
    /// To get a token. Default 30 s.
    pub token: Duration,
    /// How often a read that failed in passing is sent in all. Default 3.
    pub tries: usize,
    /// Before a read is sent again, about; doubled each time. Default 500 ms.
    pub pause: Duration,
    /// Waited where Azure asks to come again and does not say when. Default 10 s.
    pub poll: Duration,
    /// The shortest wait, unless Azure names a shorter one. Default 1 s.
    pub poll_floor: Duration,
    /// The longest wait between two polls, whatever Azure asks for. Default 60 s.
    pub poll_cap: Duration,
    /// How many polls in a row may go unanswered or in error before the operation is given up.
    /// Default 4.
    pub poll_failures: usize,
    /// How long a throttled subscription is left alone at most. Default 5 min.
    pub throttle_cap: Duration,
    /// Bytes of one answer, all its pages together. Default 64 MiB: the health of 120,000 servers fits.
    pub body: usize,
    /// Pages of one collection. Default 100.
    pub pages: usize,
    /// How long an answer is kept for others who ask the same. Default 2 s; 0 keeps nothing.
    pub memory: Duration,
    /// Bytes of answers kept for that. Default 2 MiB.
    pub memory_bytes: usize,
    /// Reads of one subscription, and queries to one workspace.
    pub budget: Budget,
}

/// A token bucket for the reads of one subscription, or the queries to one workspace, by one identity.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Reads in a full bucket. Default 250, as Azure documents it.
    pub size: u32,
    /// Reads that come back in a second. Default 25.
    pub per_second: f64,
    /// What routine reads leave in the bucket for approvals. Default 50.
    pub reserved: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            size: 250,
            per_second: 25.0,
            reserved: 50,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            connect: seconds(5),
            request: seconds(30),
            question: seconds(90),
            health: seconds(360),
            resolve: seconds(2),
            handshake: seconds(5),
            token: seconds(30),
            tries: 3,
            pause: Duration::from_millis(500),
            poll: seconds(10),
            poll_floor: seconds(1),
            poll_cap: seconds(60),
            poll_failures: 4,
            throttle_cap: seconds(300),
            body: 64 << 20,
            pages: 100,
            memory: seconds(2),
            memory_bytes: 2 << 20,
            budget: Budget::default(),
        }
    }
}
