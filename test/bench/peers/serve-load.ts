/** Load on a server, in a process of its own: `serve-load.ts ADDRESS SECONDS CONNECTIONS PATH...`; prints one line of JSON. */
import autocannon from 'autocannon'

const [address = '', seconds = '10', connections = '10', ...paths] = process.argv.slice(2)

const result = await autocannon({
  url: address,
  duration: Number(seconds),
  connections: Number(connections),
  requests: paths.map((path) => ({ method: 'GET' as const, path })),
})
const { requests, latency, throughput, errors, non2xx, timeouts } = result
process.stdout.write(
  `${JSON.stringify({
    perSecond: requests.average,
    p50: latency.p50,
    p99: latency.p99,
    most: latency.max,
    megabytesPerSecond: throughput.average / 1e6,
    failed: errors + non2xx + timeouts,
    count: requests.total,
  })}\n`,
)
