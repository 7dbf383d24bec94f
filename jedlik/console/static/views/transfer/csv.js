// CSV as spreadsheets write it (RFC 4180), read whole and written line by line.

/** Rows of fields. Commas, semicolons or tabs separate them: whichever the first line has most of. */
export function parseCsv(text) {
  const content = text.replace(/^\uFEFF/, "");
  const first = content.slice(0, content.indexOf("\n") + 1 || undefined);
  const separator = [",", ";", "\t"].sort((a, b) => first.split(b).length - first.split(a).length)[0];
  const rows = [];
  let row = [];
  let at = 0;
  while (at < content.length) {
    let field = "";
    if (content[at] === '"') {
      const end = closingQuote(content, at + 1);
      field = content.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
    } else {
      let end = at;
      while (end < content.length && content[end] !== separator && content[end] !== "\n") end += 1;
      field = content.slice(at, end).replace(/\r$/, "");
      at = end;
    }
    row.push(field);
    if (content[at] === "\r") at += 1;
    if (content[at] === separator) at += 1;
    else {
      at += 1;
      rows.push(row);
      row = [];
    }
  }
  if (row.length) rows.push(row);
  return rows.filter((each) => each.length > 1 || each[0] !== "");
}

function closingQuote(text, from) {
  let at = text.indexOf('"', from);
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at < 0 ? text.length : at;
}

const csvField = (text) => (/[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
export const csvLine = (fields) => `${fields.map(csvField).join(",")}\r\n`;
