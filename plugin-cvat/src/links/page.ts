/** What annotators see when a link leads to no job. */
import { escaped } from '@suggestive/shared/connect/page'

export const messagePage = (title: string, sentence: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="../connect.css">
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p>${escaped(sentence)}</p>
</main>
</body>
</html>
`
