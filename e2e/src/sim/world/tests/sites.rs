//! App Service: which site takes a request, who is let in, and by which way.

use super::*;

/// A gateway before a site, with settings and a probe of its own host, and the site.
fn app(settings: &str, site: &str) -> World {
    with("", "", settings, site)
}

fn with(gateway: &str, subnet: &str, settings: &str, site: &str) -> World {
    yaml(&format!(
        "
gateways:
  shop:
    subnet: vnet-edge/snet-gateway
    listeners: {{https: {{port: 443, protocol: Https}}}}
    pools: {{api: [app.azurewebsites.net]}}
    probes: {{p: {{host: app.azurewebsites.net, protocol: Https}}, plain: {{host: app.azurewebsites.net}}}}
    settings: {{s: {{{settings}}}}}
    rules: {{main: {{listener: https, pool: api, settings: s}}}}
{gateway}
networks:
  vnet-edge:
    space: [10.1.0.0/16, 10.2.0.0/16]
    subnets:
      snet-gateway: {{prefix: 10.1.0.0/24{subnet}}}
      snet-backend: {{prefix: 10.2.0.0/24}}
sites: {{app: {{{site}}}}}
"
    ))
}

const OWN: &str = "port: 443, protocol: Https, pickHost: true";

/// What the log says after the settings' probe has asked, and what clients of the shop get.
fn is(world: &World, begins: &str, status: u16) {
    assert!(log(world).starts_with(begins), "{}", log(world));
    assert_eq!(shop(world).status(), Some(status), "{:?}", shop(world));
}

const WELL: &str = "Success. Received 200";
const SHUT: &str = "Received invalid status code: 403";
const SLOW: &str = "Time taken by the backend";

#[test]
fn a_host_that_no_site_has_is_not_found() {
    is(&app(OWN, ""), WELL, 200);
    let plain = "port: 80, probe: plain";
    is(&app(plain, ""), WELL, 404);
    is(
        &app(plain, "hosts: {shop.contoso.com: Disabled}"),
        WELL,
        200,
    );
    is(&app(plain, "hosts: {'*.contoso.com': Disabled}"), WELL, 200);
    // The default probe names no site.
    is(
        &app("port: 80", ""),
        "Received invalid status code: 404",
        502,
    );
}

#[test]
fn the_certificate_shown_goes_by_the_name_asked_for() {
    let bare = "port: 443, protocol: Https, probe: p";
    is(&app(bare, ""), WELL, 502);
    is(&app(bare, "hosts: {shop.contoso.com: Disabled}"), WELL, 502);
    is(
        &app(bare, "hosts: {shop.contoso.com: SniEnabled}"),
        WELL,
        200,
    );
    let unchecked = "port: 443, protocol: Https, probe: p, validateSNI: false";
    is(&app(unchecked, ""), WELL, 404);
    let named = "port: 443, protocol: Https, probe: p, sniName: app.azurewebsites.net";
    is(
        &app(named, "hosts: {shop.contoso.com: Disabled}"),
        WELL,
        200,
    );
    // The first generation asks by the name in the pool.
    is(&with("    tier: Standard", "", bare, ""), WELL, 404);
}

#[test]
fn ports_and_protocols() {
    is(&app("port: 8080, pickHost: true", ""), SLOW, 502);
    is(
        &app("port: 443, pickHost: true", ""),
        "Received invalid status code: 400",
        502,
    );
    is(
        &app("port: 80, protocol: Https, pickHost: true", ""),
        "HTTPS probe connection error.",
        502,
    );
    is(
        &app("port: 80, pickHost: true", "httpsOnly: true"),
        "Success. Received 301",
        301,
    );
    is(&app(OWN, "httpsOnly: true"), WELL, 200);
}

#[test]
fn state_and_application() {
    is(&app(OWN, "state: Stopped"), SHUT, 502);
    let answers = "responds: {/: 500, /cart: 201}";
    is(&app(OWN, answers), "Received invalid status code: 500", 502);
    is(&app(OWN, "responds: {/: 200, /cart: 201}"), WELL, 201);
    is(
        &app(OWN, "responds: {/: 200, '*': 200 after 30}"),
        WELL,
        504,
    );
}

/// Restrictions, and whether a gateway gets in by its public address and by a service endpoint.
#[test]
fn restrictions() {
    for (site, public, endpoint) in [
        ("", true, true),
        ("defaultAction: Allow", true, true),
        ("defaultAction: Deny", false, false),
        ("access: {a: 100 Allow 192.0.2.0/24}", false, false),
        (
            "access: {a: 100 Allow 192.0.2.0/24}, defaultAction: Allow",
            true,
            true,
        ),
        ("access: {a: 100 Allow 198.51.100.20}", true, false),
        ("access: {a: 100 Allow 198.51.100.0/24}", true, false),
        (
            "access: {a: '100 Allow 192.0.2.1,198.51.100.20/32'}",
            true,
            false,
        ),
        ("access: {a: 100 Allow 10.1.0.0/24}", false, false),
        (
            "access: {a: 100 Allow subnet:vnet-edge/snet-gateway}",
            false,
            true,
        ),
        (
            "access: {a: 100 Allow subnet:vnet-edge/snet-backend}",
            false,
            false,
        ),
        (
            "access: {a: 200 Allow Any, b: 100 Deny 198.51.100.20}",
            false,
            true,
        ),
        (
            "access: {a: 200 Deny 198.51.100.20, b: 100 Allow Any}",
            true,
            true,
        ),
        ("access: {a: 100 Allow tag:AzureCloud}", false, false),
        ("access: {a: 100 Allow Any x-azure-fdid=one}", false, false),
        // The deployment host has its own.
        ("scmDefaultAction: Deny", true, true),
        (
            "publicNetworkAccess: Disabled, access: {a: 100 Allow Any}",
            false,
            false,
        ),
        (
            "publicNetworkAccess: Enabled, privateEndpoints: {pe: 10.2.0.9}",
            true,
            true,
        ),
        ("privateEndpoints: {pe: 10.2.0.9}", false, false),
    ] {
        let expected = |lets_in| if lets_in { (WELL, 200) } else { (SHUT, 502) };
        for (lets_in, subnet) in [(public, ""), (endpoint, ", endpoints: [Microsoft.Web]")] {
            let world = with("", subnet, OWN, site);
            let (begins, status) = expected(lets_in);
            assert!(
                log(&world).starts_with(begins),
                "{site}{subnet}: {}",
                log(&world)
            );
            assert_eq!(shop(&world).status(), Some(status), "{site}{subnet}");
        }
    }
}

#[test]
fn the_deployment_host_has_restrictions_of_its_own_unless_told_otherwise() {
    let scm = "port: 443, protocol: Https, host: app.scm.azurewebsites.net";
    is(&app(scm, "defaultAction: Deny"), WELL, 200);
    is(&app(scm, "scmDefaultAction: Deny"), SHUT, 502);
    let main = "rawConfig: {properties: {scmIpSecurityRestrictionsUseMain: true}}";
    is(
        &app(scm, &format!("defaultAction: Deny, {main}")),
        SHUT,
        502,
    );
    is(
        &app(scm, &format!("scmDefaultAction: Deny, {main}")),
        WELL,
        200,
    );
}

#[test]
fn a_service_tag_that_holds_the_gateway() {
    let mut world = app(OWN, "access: {a: 100 Allow tag:AzureCloud}");
    let pip = id("publicIPAddresses/pip-shop");
    let mut document = world.get(&pip).unwrap();
    document["properties"]["ipAddress"] = "203.0.113.7".into();
    world.put(&pip, document).unwrap();
    is(&world, WELL, 200);
}

#[test]
fn what_a_request_is_forwarded_for_is_not_said_by_a_probe() {
    let strangers = "access: {a: 100 Deny Any x-forwarded-for=198.51.100.0/24, b: 200 Allow Any}";
    is(&app(OWN, strangers), WELL, 403);
    let others = "access: {a: 100 Deny Any x-forwarded-for=192.0.2.0/24, b: 200 Allow Any}";
    is(&app(OWN, others), WELL, 200);
    is(
        &app(
            OWN,
            "access: {a: 100 Deny xff:198.51.100.7, b: 200 Allow Any}",
        ),
        WELL,
        403,
    );
    is(
        &app(OWN, "access: {a: 100 Allow xff:198.51.100.7}"),
        SHUT,
        502,
    );
}

#[test]
fn a_private_endpoint_has_no_restrictions_and_stops_nothing_else() {
    let behind = |site: &str| {
        let mut world = app(OWN, &format!("privateEndpoints: {{pe: 10.2.0.9}}, {site}"));
        world.set_name("app.azurewebsites.net", vec!["10.2.0.9".parse().unwrap()]);
        world
    };
    is(
        &behind("publicNetworkAccess: Disabled, defaultAction: Deny"),
        WELL,
        200,
    );
    is(&behind("state: Stopped"), SHUT, 502);
    // One that its owner has not accepted leads nowhere.
    let mut world = behind("");
    let site = id("x").replace("Microsoft.Network/x", "Microsoft.Web/sites/app");
    let mut document = world.get(&site).unwrap();
    document["properties"]["privateEndpointConnections"][0]["properties"]["privateLinkServiceConnectionState"]
        ["status"] = "Pending".into();
    world.put(&site, document).unwrap();
    is(&world, SLOW, 502);
}

#[test]
fn a_private_gateway_has_no_way_to_public_addresses() {
    let private = "    frontends: {in: private 10.1.0.10}";
    let world = with(private, "", OWN, "");
    assert!(log(&world).starts_with(SLOW), "{}", log(&world));
    let world = with(private, ", endpoints: [Microsoft.Web]", OWN, "");
    assert!(log(&world).starts_with(WELL), "{}", log(&world));
}

#[test]
fn what_is_mended_serves_again() {
    let site = id("x").replace("Microsoft.Network/x", "Microsoft.Web/sites/app");
    let mend = |world: &mut World, id: &str, field: &str, value: Value| {
        let mut document = world.get(id).unwrap();
        document["properties"][field] = value;
        world.put(id, document).unwrap();
    };
    let mut world = load("app-restricted-subnet");
    let site = site.replace("/app", "/app-shop");
    let subnet = id("virtualNetworks/vnet-edge/subnets/snet-gateway");
    mend(
        &mut world,
        &format!("{site}/config/web"),
        "ipSecurityRestrictions",
        serde_json::json!([{"vnetSubnetResourceId": subnet, "action": "Allow", "priority": 1}]),
    );
    is(&world, WELL, 200);
    let mut world = load("app-stopped");
    mend(&mut world, &site, "state", "Running".into());
    is(&world, WELL, 200);
    let mut world = load("app-client-host");
    let mut document = world.get(&gateway()).unwrap();
    document["properties"]["backendHttpSettingsCollection"][0]["properties"]["pickHostNameFromBackendAddress"] =
        true.into();
    world.put(&gateway(), document).unwrap();
    is(&world, WELL, 200);
}

#[test]
fn what_does_not_fit_is_said_with_its_place() {
    for (site, place) in [
        ("address: x", "sites.app.address: `x` is no IP address"),
        ("access: {a: Allow Any}", "sites.app.access.a: no priority"),
        ("access: {a: 100 Allow}", "sites.app.access.a: no source"),
        (
            "access: {a: 100 Allow Any x}",
            "sites.app.access.a: no HEADER=VALUE",
        ),
        (
            "access: {a: 100 Allow subnet:v/s}",
            "no `v` among the virtualNetworks",
        ),
        (
            "privateEndpoints: {pe: x}",
            "sites.app.privateEndpoints.pe: `x` is no IP address",
        ),
        ("responds: {/: fast}", "`/: fast` is no HOST/PATH: STATUS"),
        ("status: Running", "status"),
    ] {
        let text = format!("sites: {{app: {{{site}}}}}");
        let error = World::from_yaml(&text).unwrap_err().to_string();
        assert!(error.contains(place), "{site}: {error}");
    }
}
