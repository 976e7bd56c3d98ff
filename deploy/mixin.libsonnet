// The rules and the dashboard, for those who build their monitoring with Jsonnet.
local groups = std.parseYaml(importstr 'prometheus/zxp.rules.yml').groups;
local isAlerting(group) = std.objectHas(group.rules[0], 'alert');

{
  prometheusAlerts+:: { groups+: std.filter(isAlerting, groups) },
  prometheusRules+:: { groups+: std.filter(function(group) !isAlerting(group), groups) },
  grafanaDashboards+:: { 'zxp.json': import 'grafana/zxp.json' },
}
