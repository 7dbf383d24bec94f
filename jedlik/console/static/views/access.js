// Who may do this? The server's own simulator is asked about its own identities, and the statement
// that decided is shown; below it one identity over all tables.
import { html, useMemo, useState } from "../ui/view.js";
import { Select } from "../ui/fields.js";
import { Empty, ErrorNote, Waiting } from "../ui/notes.js";
import { inParallel, useAsync } from "../ui/async.js";
import { call } from "../api/client.js";
import { list } from "../api/query.js";
import { describe, indexes } from "../api/tables.js";
import { setParams } from "../app/router.js";
import { region } from "../api/credentials.js";
import { t } from "../app/text.js";
import { ACTIONS, MATRIX } from "./access/actions.js";
import { policiesOf, sentence, statementAt } from "./access/policies.js";

const BADGES = { allowed: "good", explicitDeny: "bad", implicitDeny: "plain" };
const MOST_TABLES = 50;
const WIDTH = 4;

const iam = (operation, input) => call("iam", operation, input).then(({ output }) => output);

export default function Access({ params, tables }) {
  const people = useAsync(identities, []);
  if (people.error) return html`<${ErrorNote} error=${people.error} retry=${people.reload} />`;
  if (!people.value) return html`<${Waiting} slow=${people.slow} />`;
  if (!people.value.length) {
    const at = `--region ${region()} --endpoint-url ${window.location.origin}`;
    const line = `aws iam create-user --user-name ann \\
    ${at}
aws iam put-user-policy --user-name ann --policy-name read \\
    --policy-document '{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:Query"], "Resource": "*"}}' \\
    ${at}`;
    return html`<${Empty} title=${t("access.none")} text=${t("access.none_text")} line=${line} />`;
  }
  const who = people.value.find((each) => each.arn === params.get("who")) ?? people.value[0];
  return html`
    <section class="scroll">
      <h1>${t("screen.access")}</h1>
      <${Question} key=${who.arn} ...${{ who, people: people.value, params, tables: tables.value ?? [] }} />
      <${Policies} who=${who} />
      <${Matrix} who=${who} tables=${tables.value ?? []} />
    </section>`;
}

/** Users and roles: { arn, name, kind }. */
async function identities() {
  const [users, roles] = await Promise.all([all("ListUsers", "Users"), all("ListRoles", "Roles")]);
  return [
    ...users.map((user) => ({ arn: user.Arn, name: user.UserName, kind: "User" })),
    ...roles.map((role) => ({ arn: role.Arn, name: role.RoleName, kind: "Role" })),
  ];
}

async function all(operation, member, input = {}) {
  const found = [];
  let marker;
  do {
    const output = await iam(operation, { ...input, Marker: marker });
    found.push(...list(output[member]));
    marker = output.IsTruncated === "true" ? output.Marker : undefined;
  } while (marker);
  return found;
}

function Question({ who, people, params, tables }) {
  const action = params.get("does") ?? "dynamodb:Query";
  const on = params.get("on") || tables[0] || "";
  const [leading, setLeading] = useState(params.get("key") ?? "");
  const table = on.split("/")[0];
  const description = useAsync(() => (table ? describe(table) : null), [table]);
  const names = description.value ? indexes(description.value).map(({ name }) => `${table}/index/${name}`) : [];
  const arn = description.value && on.includes("/") ? `${description.value.TableArn}/${on.slice(table.length + 1)}` : description.value?.TableArn;
  const key = params.get("key") ?? "";
  const answer = useAsync(() => (arn ? simulate(who, [action], arn, key) : null), [who.arn, action, arn, key]);
  return html`
    <form class="question" onSubmit=${(event) => { event.preventDefault(); setParams({ key: leading }); }}>
      <label>${t("access.who")} <${Select} label=${t("access.who")} value=${who.arn} options=${people.map((each) => [each.arn, each.name])} onChange=${(arn_) => setParams({ who: arn_ }, {})} /></label>
      <label>${t("access.does")} <${Select} label=${t("access.does")} value=${action} options=${ACTIONS.map((name) => [name, name.slice("dynamodb:".length)])} onChange=${(does) => setParams({ does }, {})} /></label>
      <label>${t("access.on")} <${Select} label=${t("access.on")} value=${on} options=${[...tables.flatMap((name) => (name === table ? [name, ...names] : [name]))]} onChange=${(name) => setParams({ on: name }, {})} /></label>
      <label>${t("access.key")} <input type="text" class="mono" value=${leading} placeholder=${t("access.any_key")} spellcheck=${false} onInput=${(event) => setLeading(event.target.value)} onBlur=${() => setParams({ key: leading })} /></label>
    </form>
    <${ErrorNote} error=${description.error ?? answer.error} />
    ${answer.value && html`<${Answer} who=${who} result=${answer.value[0]} />`}`;
}

async function simulate(who, actions, resource, key) {
  const output = await iam("SimulatePrincipalPolicy", {
    PolicySourceArn: who.arn,
    ActionNames: actions,
    ResourceArns: [resource],
    ContextEntries: key ? [{ ContextKeyName: "dynamodb:LeadingKeys", ContextKeyValues: [key], ContextKeyType: "stringList" }] : undefined,
  });
  return list(output.EvaluationResults);
}

function Answer({ who, result }) {
  const matched = list(result.MatchedStatements);
  const policies = useAsync(() => policiesOf(iam, all, who), [who.arn]);
  const lacking = list(result.MissingContextValues);
  return html`
    <div class="verdict" role="status">
      <p><span class=${`badge ${BADGES[result.EvalDecision]}`}>${t(`decision.${result.EvalDecision}`)}</span>
        ${matched.length ? t("access.by") : t("access.by_none")}</p>
      ${matched.map((statement) => html`<${Statement} key=${JSON.stringify(statement)} statement=${statement} policies=${policies.value ?? []} />`)}
      ${lacking.length > 0 && html`<p class="muted">${t("access.lacking", { names: lacking.join(", ") })}</p>`}
    </div>`;
}

function Statement({ statement, policies }) {
  const policy = policies.find((each) => each.name === statement.SourcePolicyId || each.arn === statement.SourcePolicyId || statement.SourcePolicyId.endsWith(`_${each.name}`));
  const text = policy ? statementAt(policy.text, statement.StartPosition, statement.EndPosition) : "";
  return html`
    <div class="statement-shown">
      <p><strong>${policy?.name ?? statement.SourcePolicyId}</strong> <span class="muted">${statement.SourcePolicyType}</span></p>
      ${text && html`<p>${sentence(text)}</p><pre tabindex="0">${text}</pre>`}
    </div>`;
}

function Policies({ who }) {
  const found = useAsync(() => policiesOf(iam, all, who), [who.arn]);
  if (!found.value?.length) return found.value ? html`<p class="muted">${t("access.no_policies")}</p>` : null;
  return html`
    <details class="policies"><summary>${t("access.policies", { name: who.name, count: found.value.length })}</summary>
      ${found.value.map((policy) => html`<h2 key=${policy.name}>${policy.name}</h2><pre tabindex="0">${policy.text}</pre>`)}
    </details>`;
}

function Matrix({ who, tables }) {
  const shown = useMemo(() => tables.slice(0, MOST_TABLES), [tables]);
  const found = useAsync(async () => {
    const rows = await inParallel(shown, WIDTH, async (name) => {
      const { TableArn } = await describe(name);
      const results = await simulate(who, MATRIX, TableArn, "");
      return [name, Object.fromEntries(results.map((each) => [each.EvalActionName, each.EvalDecision]))];
    });
    return rows;
  }, [who.arn, shown.join("\n")]);
  if (!found.value?.length) return html`<${ErrorNote} error=${found.error} />`;
  return html`
    <h2>${t("access.matrix", { name: who.name })}</h2>
    <div class="heat-scroll" tabindex="0" role="region" aria-label=${t("access.matrix", { name: who.name })}>
      <table class="matrix">
        <thead><tr><th scope="col">${t("tables.name")}</th>${MATRIX.map((name) => html`<th scope="col" key=${name}>${name.slice("dynamodb:".length)}</th>`)}</tr></thead>
        <tbody>
          ${found.value.map(([name, decisions]) => html`
            <tr key=${name}><th scope="row" class="mono">${name}</th>
              ${MATRIX.map((action) => {
                const decision = decisions[action];
                return html`<td key=${action}><button class="quiet" aria-label=${`${name} ${action} ${t(`decision.${decision}`)}`} title=${t(`decision.${decision}`)} onClick=${() => setParams({ does: action, on: name }, {})}>
                  <span class=${`dot ${BADGES[decision]}`}>${{ allowed: "✓", explicitDeny: "✕", implicitDeny: "–" }[decision]}</span></button></td>`;
              })}</tr>`)}
        </tbody>
      </table>
    </div>`;
}
