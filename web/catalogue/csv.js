/** Reads comma-separated values (RFC 4180): quotes, line breaks in fields, CRLF, a byte order mark. Pure. */

/**
 * The rows below the header as objects by column, with the line that each begins on.
 * @param {string} text
 * @returns {{columns: string[], rows: {line: number, fields: Record<string, string>}[]}}
 * @throws {Error} when a quote is not closed or there is no header
 */
export function readCsv(text) {
  const [head, ...records] = recordsOf(text.replace(/^\uFEFF/, ""));
  if (!head) throw new Error("The file is empty: a catalogue begins with product_id,name,description,category,image.");
  const columns = head.fields.map((name) => name.trim());
  const rows = records.filter(({ fields }) => fields.length > 1 || fields[0] !== "")
    .map(({ line, fields }) => ({ line, fields: Object.fromEntries(columns.map((name, index) => [name, fields[index] ?? ""])) }));
  return { columns, rows };
}

function recordsOf(text) {
  const records = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const record = { line, fields: [] };
    for (;;) {
      const field = text[at] === '"' ? quoted(text, at, line) : plain(text, at);
      record.fields.push(field.value);
      line += field.breaks;
      at = field.end;
      if (text[at] !== ",") break;
      at += 1;
    }
    if (text[at] === "\r") at += 1;
    if (text[at] === "\n") at += 1;
    line += 1;
    records.push(record);
  }
  return records;
}

function plain(text, from) {
  const rest = /[,\r\n]/g;
  rest.lastIndex = from;
  const end = rest.exec(text)?.index ?? text.length;
  return { value: text.slice(from, end), end, breaks: 0 };
}

function quoted(text, from, line) {
  let value = "";
  let at = from + 1;
  for (;;) {
    const close = text.indexOf('"', at);
    if (close < 0) throw new Error(`Line ${line}: a quote is opened and never closed.`);
    value += text.slice(at, close);
    at = close + 1;
    if (text[at] !== '"') break;
    value += '"';
    at += 1;
  }
  const next = /[,\r\n]/g;
  next.lastIndex = at;
  const end = next.exec(text)?.index ?? text.length;
  return { value: value + text.slice(at, end), end, breaks: value.split("\n").length - 1 };
}
