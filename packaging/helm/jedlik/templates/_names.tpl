{{- define "jedlik.name" -}}
{{- if contains "jedlik" .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-jedlik" .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "jedlik.selector" -}}
app.kubernetes.io/name: jedlik
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "jedlik.labels" -}}
{{ include "jedlik.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* What the server would refuse once it runs is refused before anything is installed. */}}
{{- define "jedlik.check" -}}
{{- if not .Values.engine.existingSecret -}}
{{- fail "engine.existingSecret is needed: the Secret with the connection string of a PostgreSQL" -}}
{{- end -}}
{{- if not .Values.insecure -}}
{{- if not .Values.tls.existingSecret -}}
{{- fail "tls.existingSecret is needed: without TLS requests can be read on the way; or accept that with insecure=true" -}}
{{- end -}}
{{- if not .Values.credentials.existingSecret -}}
{{- fail "credentials.existingSecret is needed: without credentials everything that reaches the nodes can change the data; or accept that with insecure=true" -}}
{{- end -}}
{{- end -}}
{{- end -}}
