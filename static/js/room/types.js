/**
 * Shapes that several modules share; docs/protocol.md says what they mean.
 *
 * @typedef {{
 *   seq: number, time: number, type: string, source?: string, topic?: string, partition?: number,
 *   first?: number, offset?: number, count?: number, key?: string | null, keys?: [string | null, number][], group?: string, trace?: string,
 *   data?: any, partitions?: [string, number][], error?: string, by?: string,
 * }} Hop
 *
 * @typedef {{offset: number, key: string | null, trace?: string}} Cell
 * @typedef {{topic: string, partition: number, end: number, latency: number | null, cells: Cell[], voids: number[], start?: number}} Part
 *   voids: offsets that hold no record for readers, the last ones; start: where the log begins, once what was before is deleted
 * @typedef {{position: number | null, committed: number | null, reader?: string, since?: number, set?: number, asked?: boolean, sampled?: number}} Lane
 *   reader: the member whose position it is; since: when the partition was given to somebody; set: when a member set the bookmark, in seconds; asked: the brokers have told whether there is a bookmark; sampled: when they told one that none of our members had set
 * @typedef {{group: string, partitions: [string, number][], crashed: boolean, guest?: boolean, had?: [string, number][], open?: boolean, held?: number}} Member
 *   guest: none of the room's own, as the brokers told it lately; open: a transaction of it is; held: records in the hands of a share group's member when it crashed
 * @typedef {{first: number, last: number, by: string, as: "held" | "accept" | "release" | "reject", deliveries: number}} Share what became of
 *   records of a share group last: who took them, and what was answered
 * @typedef {{ms: number, partitions: number, time: number}} Handover how long partitions stood still when a group shared them out last
 *
 * @typedef {Record<string, {since: number, places: string[]}>} Unowned by group: what was given up and nobody was given yet
 *
 * @typedef {Record<string, string | number | boolean>} ClientSettings those in force that are not the client's own
 *
 * @typedef {{up: boolean, host: string, delay: number}} Broker
 * @typedef {{leader: string | null | undefined, inSync: number[], replicas: number[], by?: string, least?: number}} Copies least: so many must be in sync for acks=all, where fewer are; by: how the leader is known; leader: null is nobody, undefined not known
 * @typedef {{
 *   brokers: Record<string, Broker>, silence: string | null, copies: Record<string, Copies>, waiting: Record<string, number>,
 *   timeouts?: Record<string, number>, coordinators: Record<string, string | null>,
 * }} Cluster timeouts: ms after which a producer gives a record up, where that was told
 *
 * @typedef {Cluster & {
 *   seq: number, time: number, parts: Record<string, Part>, lanes: Record<string, Lane>, shares: Record<string, Share[]>,
 *   members: Record<string, Member>, projections: Record<string, Map<string, any>>,
 *   sent: Record<string, number>, failed: Record<string, number>, settings: Record<string, any>, clients: Record<string, ClientSettings>,
 *   began: Record<string, {settings: ClientSettings, choices: Record<string, string>}>, handovers: Record<string, Handover>, ledger: any, unowned?: Unowned,
 * }} State
 *
 * @typedef {{field: string, unit?: [string, string], whole?: boolean, steps?: [string, string][]}} Show
 * @typedef {{kind: "total" | "latest" | "most" | "line", drawing?: string, inside?: string, within?: string}} World what a group has made, as a small picture
 * @typedef {{name: string, title: string, icon?: string, topics: string[], emits?: string[], does?: string, show?: Show, world?: World, guest?: boolean, shared?: boolean}} Group
 * @typedef {{name: string, title: string, partitions: number, spare?: boolean}} Topic
 * @typedef {{slug: string, title: string, icon?: string, own?: string}} Action
 * @typedef {{
 *   code: string, scenario: string, socket: string, cluster?: string, producer: string, topics: Topic[], groups: Group[],
 *   actions: Action[], keys?: string[], icons?: Record<string, string>, bare?: boolean,
 * }} Topology bare: without the groups' lines below each partition
 *
 * @typedef {{
 *   id: string, kind: "rest" | "travel" | "capsule" | "flow", type: string, topic: string, partition?: number,
 *   offset?: number, group?: string, source: string, key: string | null, trace?: string, icon?: string, badge?: string,
 *   count: number, start: number, land: number, asked?: number, working?: number, failed?: boolean,
 * }} Flight
 *
 * @typedef {{id: string, kind: string, x: number, y: number, w?: number, h?: number, text?: string, tone?: string, [more: string]: any}} Item
 */

export {};
