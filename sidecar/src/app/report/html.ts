/** Small pieces of HTML that the report is made of; every text is escaped here. */

/** Markup that is safe to put into a page. */
export interface Html {
  readonly html: string
}

type Part = string | number | Html | readonly Html[]

/** Template tag: strings and numbers are escaped, `Html` is inserted as it is. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const rendered = parts.map(render)
  return { html: literals.map((literal, i) => literal + (rendered[i] ?? '')).join('') }
}

function render(part: Part): string {
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part))
  return 'html' in part ? part.html : part.map((one) => one.html).join('')
}

function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, (character) => names[character] ?? character)
}

export const nothing: Html = { html: '' }

export interface TableSpec {
  readonly caption: string
  readonly head: readonly string[]
  /** The first cell of a row is its heading; numbers are right-aligned by the style sheet. */
  readonly rows: readonly (readonly (string | Html)[])[]
}

/** A table with a caption and row headings, scrollable where it is too wide. */
export function table({ caption, head, rows }: TableSpec): Html {
  const line = ([first = '', ...cells]: readonly (string | Html)[]) =>
    html`<tr><th scope="row">${first}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${rows.map(line)}</tbody></table></div>`
}

/** A picture with its caption, and the same as numbers below it. */
export function figure(picture: Html, caption: string | Html, twin: TableSpec): Html {
  return html`<figure>${picture}<figcaption>${caption}</figcaption>
<details><summary>Show the numbers</summary>${table(twin)}</details></figure>`
}

export interface SectionSpec {
  readonly id: string
  readonly title: string
  readonly body: readonly Html[]
}

export function section({ id, title, body }: SectionSpec): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${body}</section>
`
}
