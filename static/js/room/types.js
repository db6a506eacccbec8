/**
 * Shapes that several modules share; docs/protocol.md says what they mean.
 *
 * @typedef {{
 *   seq: number, time: number, type: string, source?: string, topic?: string, partition?: number,
 *   first?: number, offset?: number, count?: number, key?: string | null, group?: string, trace?: string,
 *   data?: any, partitions?: [string, number][], error?: string,
 * }} Hop
 *
 * @typedef {{offset: number, key: string | null, trace?: string}} Cell
 * @typedef {{topic: string, partition: number, end: number, latency: number | null, cells: Cell[]}} Part
 * @typedef {{position: number | null, committed: number | null}} Lane
 * @typedef {{group: string, partitions: [string, number][], crashed: boolean}} Member
 *
 * @typedef {{up: boolean, host: string}} Broker
 * @typedef {{leader: string | null | undefined, inSync: number[], replicas: number[]}} Copies leader: null is nobody, undefined not known
 * @typedef {{
 *   brokers: Record<string, Broker>, silence: string | null, copies: Record<string, Copies>, waiting: Record<string, number>,
 * }} Cluster
 *
 * @typedef {Cluster & {
 *   seq: number, time: number, parts: Record<string, Part>, lanes: Record<string, Lane>,
 *   members: Record<string, Member>, projections: Record<string, Map<string, any>>,
 *   sent: Record<string, number>, settings: Record<string, any>,
 * }} State
 *
 * @typedef {{field: string, unit?: [string, string], whole?: boolean, steps?: [string, string][]}} Show
 * @typedef {{name: string, title: string, icon?: string, topics: string[], emits?: string[], does?: string, show?: Show}} Group
 * @typedef {{name: string, title: string, partitions: number}} Topic
 * @typedef {{slug: string, title: string, icon?: string, own?: string}} Action
 * @typedef {{
 *   code: string, scenario: string, socket: string, cluster?: string, producer: string, topics: Topic[], groups: Group[],
 *   actions: Action[], icons?: Record<string, string>,
 * }} Topology
 *
 * @typedef {{
 *   id: string, kind: "rest" | "travel" | "capsule" | "flow", type: string, topic: string, partition?: number,
 *   offset?: number, group?: string, source: string, key: string | null, trace?: string, icon?: string, badge?: string,
 *   count: number, start: number, land: number, working?: number,
 * }} Flight
 *
 * @typedef {{id: string, kind: string, x: number, y: number, w?: number, h?: number, text?: string, tone?: string, [more: string]: any}} Item
 */

export {};
