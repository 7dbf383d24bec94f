// Policies of an identity, and what a statement of one says.
import { t } from "../../app/text.js";

/** All policies that hold for a user or role: { name, arn, text }; for users those of groups too. */
export async function policiesOf(iam, all, { kind, name }) {
  const of = { [`${kind}Name`]: name };
  const inline = (await all(`List${kind}Policies`, "PolicyNames", of)).map(async (PolicyName) => {
    const { PolicyDocument } = await iam(`Get${kind}Policy`, { ...of, PolicyName });
    return { name: PolicyName, text: decode(PolicyDocument) };
  });
  const attached = (await all(`ListAttached${kind}Policies`, "AttachedPolicies", of)).map((each) => managed(iam, each));
  const own = await Promise.all([...inline, ...attached]);
  if (kind !== "User") return own;
  const groups = await all("ListGroupsForUser", "Groups", of);
  const theirs = await Promise.all(groups.map((group) => policiesOf(iam, all, { kind: "Group", name: group.GroupName })));
  return [...own, ...theirs.flat()];
}

async function managed(iam, { PolicyName, PolicyArn }) {
  const { Policy } = await iam("GetPolicy", { PolicyArn });
  const { PolicyVersion } = await iam("GetPolicyVersion", { PolicyArn, VersionId: Policy.DefaultVersionId });
  return { name: PolicyName, arn: PolicyArn, text: decode(PolicyVersion.Document) };
}

/** Documents come encoded as parts of an address (RFC 3986). */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The part of a text between two positions { Line, Column }, which begin at 1. */
export function statementAt(text, start, end) {
  const lines = text.split("\n");
  const at = ({ Line, Column }) => lines.slice(0, Number(Line) - 1).reduce((sum, line) => sum + line.length + 1, 0) + Number(Column) - 1;
  return dedented(text.slice(at(start), at(end)).trim());
}

/** A text of which all lines but the first are as far in as its last one was. */
function dedented(text) {
  const inner = /^[ \t]*/.exec(text.split("\n").at(-1))[0];
  return text.split("\n").map((line) => (line.startsWith(inner) ? line.slice(inner.length) : line)).join("\n");
}

/** What a statement says, in a sentence; nothing where it is no statement. */
export function sentence(text) {
  let statement;
  try {
    statement = JSON.parse(text);
  } catch {
    return "";
  }
  const listed = (value) => [value ?? []].flat().join(", ");
  const parts = {
    effect: t(statement.Effect === "Deny" ? "statement.denies" : "statement.allows"),
    actions: statement.NotAction ? t("statement.all_but", { names: listed(statement.NotAction) }) : listed(statement.Action),
    resources: statement.NotResource ? t("statement.all_but", { names: listed(statement.NotResource) }) : listed(statement.Resource),
  };
  return t(statement.Condition ? "statement.sentence_if" : "statement.sentence", {
    ...parts, condition: JSON.stringify(statement.Condition ?? {}),
  });
}
