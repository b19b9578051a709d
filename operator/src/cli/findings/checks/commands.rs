//! Commands that show what findings rest on. `$GATEWAY` and the like stand for resource ids, words in capitals for names.

pub(super) const STATE: &str = "\
az network application-gateway show --ids $GATEWAY \\
  --query '{state: operationalState, write: provisioningState, sku: sku.name}'";
pub(super) const HEALTH: &str = "\
az network application-gateway show-backend-health --ids $GATEWAY --query \\
  'backendAddressPools[].backendHttpSettingsCollection[].servers[]
   .[address, health, healthProbeLog]'";
pub(super) const HEALTH_AND_NSG: &str = "\
az network application-gateway show-backend-health --ids $GATEWAY
az network nsg rule list --nsg-name NSG -g GROUP --include-default -o table";
pub(super) const NSG: &str = "\
az network nsg rule list --nsg-name NSG -g GROUP --include-default -o table
az network nic list-effective-nsg --ids $NIC";
pub(super) const ROUTES: &str = "\
az network vnet subnet show --ids $GATEWAY_SUBNET --query routeTable.id
az network route-table route list --route-table-name TABLE -g GROUP -o table";
pub(super) const PROBES: &str = "\
az network application-gateway probe list --gateway-name NAME -g GROUP
az network application-gateway http-settings list --gateway-name NAME -g GROUP
# from a machine in the gateway's network, as the probe asks:
curl -skv -o /dev/null -H 'Host: HOST' https://SERVER:PORT/PATH";
pub(super) const POOLS: &str = "\
az network application-gateway address-pool list --gateway-name NAME -g GROUP
az network application-gateway rule list --gateway-name NAME -g GROUP";
pub(super) const TLS: &str = "\
# from a machine in the gateway's network:
openssl s_client -connect SERVER:PORT -servername HOST -showcerts </dev/null
openssl s_client -connect SERVER:PORT -servername HOST </dev/null \\
  | openssl x509 -noout -subject -issuer -dates -ext subjectAltName";
pub(super) const ROOTS: &str = "\
az network application-gateway root-cert list --gateway-name NAME -g GROUP
az network application-gateway http-settings list --gateway-name NAME -g GROUP \\
  --query '[].[name, trustedRootCertificates]'
openssl s_client -connect SERVER:PORT -servername HOST -showcerts </dev/null";
pub(super) const ROUTING: &str = "\
az network application-gateway http-listener list --gateway-name NAME -g GROUP
az network application-gateway frontend-port list --gateway-name NAME -g GROUP
az network application-gateway rule list --gateway-name NAME -g GROUP
az network application-gateway url-path-map list --gateway-name NAME -g GROUP";
pub(super) const REDIRECTS: &str = "\
az network application-gateway redirect-config list --gateway-name NAME -g GROUP
curl -sIL --max-redirs 10 https://HOST/PATH";
pub(super) const CAPACITY: &str = "\
az monitor metrics list --resource $GATEWAY --interval PT1M --offset 1h \\
  --metric CapacityUnits ComputeUnits CurrentConnections --aggregation Average Maximum
az network application-gateway show --ids $GATEWAY \\
  --query '[sku, autoscaleConfiguration]'";
pub(super) const HOSTS_THEN: &str = "\
az monitor metrics list --resource $GATEWAY --interval PT1M --offset 1h \\
  --metric UnhealthyHostCount HealthyHostCount --aggregation Average";
pub(super) const SITE: &str = "\
az webapp config hostname list --webapp-name SITE -g GROUP -o table
az network application-gateway http-settings list --gateway-name NAME -g GROUP \\
  --query '[].[name, hostName, pickHostNameFromBackendAddress, probe.id]'";
pub(super) const ACCESS: &str = "\
az webapp show --ids $SITE --query '[state, publicNetworkAccess, enabledHostNames]'
az webapp config access-restriction show --ids $SITE";
pub(super) const LOG: &str = "\
az monitor log-analytics query -w WORKSPACE --analytics-query 'AGWAccessLogs
  | where TimeGenerated > ago(1h) and HttpStatus >= 500
  | summarize count() by HttpStatus, ServerStatus, ServerRouted, BackendPoolName'";
pub(super) const ACTIVITY: &str = "\
az monitor activity-log list --resource-id $GATEWAY --offset 6h \\
  --query '[].[eventTimestamp, operationName.value, status.value, caller]' -o table";
pub(super) const PLATFORM: &str = "\
az rest -u \"$GATEWAY/providers/Microsoft.ResourceHealth\\
/availabilityStatuses/current?api-version=2022-10-01\"";
pub(super) const DNS: &str = "\
az network vnet show --ids $VNET --query dhcpOptions.dnsServers
# from a machine in that network, asking each of those servers:
nslookup NAME SERVER";
pub(super) const LISTENING: &str = "\
# on the server:
ss -ltnp
# from a machine in the gateway's network:
curl -sv --connect-timeout 5 telnet://SERVER:PORT </dev/null";

pub(super) const LOCKS: &str = "\
az lock list --resource $GATEWAY --query '[].[name,level,id]'";
