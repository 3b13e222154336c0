{{- define "reeve.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "reeve.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: server
{{- end }}

{{- define "reeve.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "reeve.image" -}}
{{ .Values.image.repository }}{{ if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "reeve.secret" -}}
{{ .Values.existingSecret | default (include "reeve.name" .) }}
{{- end }}

{{- /* The migration runs before the Secret of the release is made or changed, so it has one of its own. */ -}}
{{- define "reeve.migrationSecret" -}}
{{ .Values.existingSecret | default (printf "%s-migration" (include "reeve.name" .)) }}
{{- end }}

{{- define "reeve.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "reeve.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end }}

{{- /* Settings and secrets of the server and of the migration. Takes the chart's context and the name of the Secret. */ -}}
{{- define "reeve.environment" -}}
{{- $secret := .secret -}}
{{- with .context -}}
{{- if .Values.url }}
- name: REEVE_URL
  value: {{ .Values.url | quote }}
{{- end }}
{{- if .Values.trustProxy }}
- name: REEVE_TRUST_PROXY
  value: {{ .Values.trustProxy | quote }}
{{- end }}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
- name: REEVE_SECRET
  valueFrom:
    secretKeyRef:
      name: {{ $secret }}
      key: REEVE_SECRET
- name: DATABASE_URL
  valueFrom:
    secretKeyRef:
{{- if .Values.cloudNativePG.cluster }}
      name: {{ .Values.cloudNativePG.cluster }}-app
      key: uri
{{- else }}
      name: {{ $secret }}
      key: DATABASE_URL
{{- end }}
{{- range $name := list "REEVE_SECRET_SECOND" "DATABASE_REPLICA_URL" "SMTP_URL" "REEVE_METRICS_TOKEN" }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $secret }}
      key: {{ $name }}
      optional: true
{{- end }}
{{- end }}
{{- end }}

{{- define "reeve.secretData" -}}
{{- range $name, $value := .Values.secret }}
{{- if $value }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- end }}
