/** `parsed_label_config` as the server makes it, for the tags that tests use. */

export interface ParsedControl {
  readonly type: string
  readonly to_name: readonly string[]
  readonly inputs: readonly { type: string; valueType: null; value: string }[]
  readonly labels: readonly string[]
  readonly labels_attrs: Readonly<Record<string, Record<string, string>>>
}

export function parsedConfiguration(xml: string): Record<string, ParsedControl> {
  const objects = new Map<string, { type: string; valueType: null; value: string }>()
  for (const [, type = '', text = ''] of xml.matchAll(/<(Image|Text)\b([^>]*)\/?>/g)) {
    const { name = '', value = '' } = attributes(text)
    objects.set(name, { type, valueType: null, value: value.replace('$', '') })
  }
  const parsed: Record<string, ParsedControl> = {}
  for (const [, type = '', text = '', inner = ''] of xml.matchAll(
    /<(\w+Labels|Choices)\b([^>]*)>(.*?)<\/\1>/gs,
  )) {
    const { name = '', toName = '' } = attributes(text)
    const labels = [...inner.matchAll(/<(?:Label|Choice)\b([^>]*)\/>/g)].map(([, own = '']) =>
      attributes(own),
    )
    const input = objects.get(toName)
    parsed[name] = {
      type,
      to_name: [toName],
      inputs: input === undefined ? [] : [input],
      labels: labels.map(({ value = '' }) => value),
      labels_attrs: Object.fromEntries(labels.map((own) => [own['value'] ?? '', own])),
    }
  }
  return parsed
}

function attributes(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
  )
}
