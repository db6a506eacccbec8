/** Small pictures of what groups make, 40 by 32, by the names that scenarios give them. Where `at` is, what is in it stands. */

/** @type {Record<string, {d: string, at?: [number, number, number]}>} at: x, y and size of what is inside */
export const DRAWINGS = {
  pan: { d: "M2 15h27c0 9-5 14-13.5 14S2 24 2 15zM28.5 18.5L39 13", at: [15.5, 13, 15] },
  rider: {
    d: "M15 24a6 6 0 1 1-12 0a6 6 0 1 1 12 0zM37 24a6 6 0 1 1-12 0a6 6 0 1 1 12 0zM9 24l6-9h12l4 9M15 15l5 9h3M27 15l-2-5h4M4 5h10v7H4zM22 6a2.5 2.5 0 1 1-5 0a2.5 2.5 0 1 1 5 0zM19 9l-3 6",
  },
  phone: { d: "M13 1h14a3 3 0 0 1 3 3v24a3 3 0 0 1-3 3H13a3 3 0 0 1-3-3V4a3 3 0 0 1 3-3zM18 28h4", at: [20, 20, 13] },
  heart: { d: "M20 28L8 16a7 7 0 0 1 10-10l2 2l2-2a7 7 0 0 1 10 10z" },
  flame: { d: "M20 2c2 7 9 10 9 18a9 9 0 0 1-18 0c0-4 2-6 4-9c0 3 1 5 3 5c3-4 0-9 2-14z" },
  bell: { d: "M9 25c4-4 2-9 4-14c2-6 12-6 14 0c2 5 0 10 4 14zM17 28a3 3 0 0 0 6 0M20 3v3" },
};
