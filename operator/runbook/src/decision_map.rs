//! The article's last table. Its rows are read off the rows of the steps and never ask anything.
use crate::{
    id::Letter::{self, A, B, C, D, E, F, G, H, I},
    step::{Next, RowId},
};

/// One row of the map.
pub struct MapRow {
    /// Stable id.
    pub id: RowId,
    /// What holds if it does, in one line of our own.
    pub says: &'static str,
    /// Where the article sends the reader; the support request reads `stop`.
    pub next: Next,
    /// The step rows it is read off; none where the steps it needs are not built yet.
    pub from: &'static [RowId],
    /// Only sightings that lead to this letter count.
    pub only: Option<Letter>,
    /// Where real Azure and the article pull apart.
    pub correction: Option<&'static str>,
}

const fn row(id: RowId, says: &'static str, letter: Letter) -> MapRow {
    MapRow {
        id,
        says,
        next: Next::Letter(letter),
        from: &[],
        only: None,
        correction: None,
    }
}

/// The table, in the article's order.
pub static MAP: [MapRow; 12] = [
    row(
        "map.1",
        "A server is Unhealthy, and its connection is refused",
        A,
    ),
    row(
        "map.2",
        "A server is Unhealthy, and answers 404 on the probe's path",
        B,
    ),
    row(
        "map.3",
        "API Management, and the probe does not ask for its status path",
        B,
    ),
    row(
        "map.4",
        "The HTTPS certificate names another host, or its chain is incomplete",
        F,
    ),
    MapRow {
        from: &["1b.3"],
        only: Some(C),
        correction: Some(
            "The article looks for Unhealthy servers here; blocked management ports show as Unknown",
        ),
        ..row("map.5", "The management ports are blocked by an NSG", C)
    },
    row(
        "map.6",
        "It began after a platform upgrade, and rules name instance addresses",
        A,
    ),
    MapRow {
        from: &["1b.4", "1b.5"],
        ..row("map.7", "A pool is empty, or there is none", D)
    },
    row("map.8", "A listener or routing rule is wrong", E),
    MapRow {
        from: &["1a.2", "1a.4"],
        ..row(
            "map.9",
            "The gateway is stopped, or its last write failed",
            G,
        )
    },
    row("map.10", "Capacity is at its ceiling", H),
    row(
        "map.11",
        "App Service refuses the host name or the gateway",
        I,
    ),
    MapRow {
        id: "map.12",
        says: "Everything passes, and there are 502s all the same: a support request",
        next: Next::Stop,
        from: &[],
        only: None,
        correction: Some(
            "The article files it as soon as nothing was found; with a single row undecided it would be filed on a guess",
        ),
    },
];
