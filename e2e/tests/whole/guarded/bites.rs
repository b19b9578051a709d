//! Whether the policies are in force yet, which takes the API server about a second.
use super::{
    people::{EDITOR, OPERATOR},
    stage::{EDGE, Guarded, eventually, manifest},
};
use kube::{
    Api,
    api::{DynamicObject, Patch, PatchParams, PostParams},
};
use serde_json::json;

/// What the operator tries to write, without effect, to see whether the guard bites.
pub(crate) const CANARY: &str = "canary: must be refused";

impl Guarded {
    /// Wait until objects can be made.
    pub(crate) async fn served(&self) {
        let probe = manifest("probe", &json!({}), &json!({}));
        let all = self.all(EDGE).await;
        eventually("the CRD is served", async || {
            all.create(&PostParams::default(), &probe).await.is_ok()
        })
        .await;
    }

    /// Wait until each policy refuses what only it refuses, and stamps are put on.
    pub(super) async fn in_force(&self) {
        self.served().await;
        let operators = self.api(&OPERATOR, EDGE).await;
        eventually("the approval policy bites", async || {
            let tried = canary(&operators, "probe").await;
            tried.is_err_and(|it| it.contains("appgwdiag-approval"))
        })
        .await;
        let editors = self.api(&EDITOR, EDGE).await;
        eventually("the status policy bites", async || {
            let tried = status_dry(&editors, "probe", "forged").await;
            tried.is_err_and(|it| it.contains("appgwdiag-status"))
        })
        .await;
        eventually("the policy on creation bites", async || {
            let born = json!({"appgwdiag.dev/approve": "A.3-0"});
            let tried = editors
                .create(&dry(), &manifest("born", &json!({}), &born))
                .await;
            tried.is_err_and(|it| it.to_string().contains("appgwdiag-create"))
        })
        .await;
        eventually("names are stamped", async || {
            let born = manifest("born", &json!({}), &json!({}));
            let tried = editors.create(&dry(), &born).await.unwrap();
            let stamped = tried.metadata.annotations.unwrap_or_default();
            !self.stamps || stamped.contains_key("appgwdiag.dev/requested-by")
        })
        .await;
    }
}

fn dry() -> PostParams {
    PostParams {
        dry_run: true,
        ..PostParams::default()
    }
}

/// The operator's way to see whether the guard bites.
pub(crate) async fn canary(api: &Api<DynamicObject>, name: &str) -> Result<(), String> {
    status_dry(api, name, CANARY).await
}

async fn status_dry(api: &Api<DynamicObject>, name: &str, says: &str) -> Result<(), String> {
    let patch = Patch::Merge(json!({"status": {"conclusion": says}}));
    let how = PatchParams {
        dry_run: true,
        ..PatchParams::default()
    };
    let tried = api.patch_status(name, &how, &patch).await;
    tried.map(|_| ()).map_err(|error| error.to_string())
}
