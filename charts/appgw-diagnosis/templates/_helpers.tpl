{{- define "appgw.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "appgw.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "appgw.serviceAccount" -}}
{{ .Values.serviceAccount.name | default .Values.name }}
{{- end }}

{{/* The operator's user name, as the API server says it. */}}
{{- define "appgw.account" -}}
system:serviceaccount:{{ .Release.Namespace }}:{{ include "appgw.serviceAccount" . }}
{{- end }}

{{/* User names of the service accounts that may approve: each once, in order, as {"names": […]}. */}}
{{- define "appgw.approvingAccounts" -}}
{{- $names := list }}
{{- range .Values.approvers }}
{{- if eq .kind "ServiceAccount" }}
{{- $names = append $names (printf "system:serviceaccount:%s:%s" (.serviceAccountNamespace | default .namespace) .name) }}
{{- end }}
{{- end }}
{{- dict "names" ($names | uniq | sortAlpha) | toJson }}
{{- end }}
