//! tmp
use appgw_operator::azure::{Bundle, contract};
use serde_json::{json, Value};
#[test]
fn explore() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/azure/recordings");
    let mut names: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "json")).collect();
    names.push(format!("{dir}/pasted/backendhealth-2025-healthProbeErrorName.json").into());
    for e in std::fs::read_dir(format!("{dir}/../rest-examples")).unwrap() { let p = e.unwrap().path(); if p.extension().is_some_and(|e| e=="json") { names.push(p); } }
    names.sort();
    for p in names {
        let v: Value = serde_json::from_str(&std::fs::read_to_string(&p).unwrap()).unwrap();
        let (mut url, mut status, mut body) = (v["request"]["url"].as_str().unwrap_or("").to_owned(), v["response"]["status"].clone(), v["response"]["body"].clone());
        let mut method = v["request"]["method"].as_str().unwrap_or("GET").to_owned();
        if body.is_null() { continue; }
        if status.is_null() { status = json!(200); }
        if status == 201 { status = json!(200); }
        if method == "PUT" || method == "PATCH" { method = "GET".into(); }
        if body.get("backendAddressPools").is_some() { method = "POST".into(); url = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/applicationGateways/g/backendhealth".into(); }
        let b = json!({"kind":"Bundle","apiVersion":"appgwdiag.dev/v1alpha1","takenAt":"2026-11-22T09:41:00Z","spec":{},"exchanges":[{"method":method,"path":url,"status":status,"body":body}]});
        let b = match Bundle::from_json(&b.to_string()) { Ok(b) => b, Err(e) => { println!("{} {e}", p.display()); continue; } };
        let t = std::time::Instant::now();
        let r = contract::remarks(b.exchanges());
        if !r.is_empty() { println!("{} {:?}\n  {}", p.file_name().unwrap().to_str().unwrap(), t.elapsed(), r.join("\n  ")); }
    }
}
