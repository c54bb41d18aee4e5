/** The tables. Projects, tasks and images go by small numbers inside; texts are looked up at the border. */
import { contentTables } from './tables-content.ts'
import { roundTables } from './tables-rounds.ts'
import { serviceTables } from './tables-service.ts'
import { triggers } from './triggers.ts'

/** Migration 1. */
export const tables = [contentTables, roundTables, serviceTables, triggers].join('')
