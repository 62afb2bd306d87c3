import { expect, it } from "vitest";
import { parseExposition } from "./exposition.ts";

const GOOD = `# HELP a_total What it is.
# TYPE a_total counter
a_total{x="1",y="a \\"b\\" \\\\ c"} 3
a_total{x="2",y=""} 0.5

# HELP b_seconds B.
# TYPE b_seconds histogram
b_seconds_bucket{le="0.1"} 1
b_seconds_bucket{le="+Inf"} 2
b_seconds_sum 1e-3
b_seconds_count 2
`;

it("reads what is as it should be", () => {
  const { types, samples, sum } = parseExposition(GOOD);
  expect([...types]).toEqual([
    ["a_total", "counter"],
    ["b_seconds", "histogram"],
  ]);
  expect(samples[0]).toEqual({ metric: "a_total", name: "a_total", labels: { x: "1", y: 'a "b" \\ c' }, value: 3 });
  expect([sum("a_total"), sum("a_total", { x: "2" }), sum("b_seconds_count"), sum("c")]).toEqual([3.5, 0.5, 2, null]);
});

it.each([
  ["the last line does not end", GOOD.slice(0, -1)],
  ["a sample has no type", `${GOOD}c 1\n`],
  ["a name is none", GOOD.replaceAll("a_total", "a-total")],
  ["a label is not quoted", GOOD.replace('x="1"', "x=1")],
  ["a quote in a label is not escaped", GOOD.replace('\\"b\\"', '"b"')],
  ["a label stands twice", GOOD.replace("y=", "x=")],
  ["a series stands twice", GOOD.replace('a_total{x="2",y=""} 0.5', 'a_total{y="a \\"b\\" \\\\ c",x="1"} 9')],
  ["a value is none", GOOD.replace("0.5", "0,5")],
  ["a counter is below nought", GOOD.replace("} 0.5", "} -0.5")],
  ["a type is told twice", GOOD.replace("# HELP b", "# TYPE a_total counter\n# HELP b")],
  ["a type is none", GOOD.replace("counter", "count")],
  ["a metric's lines are apart", `${GOOD}# HELP d D.\n# TYPE d gauge\nd 1\na_total{x="3"} 1\n`],
  ["buckets fall", GOOD.replace('le="0.1"} 1', 'le="0.1"} 3')],
  ["bounds fall", GOOD.replace('b_seconds_bucket{le="0.1"} 1\n', 'b_seconds_bucket{le="0.1"} 1\nb_seconds_bucket{le="0.05"} 1\n')],
  ["a histogram has no +Inf", GOOD.replace('b_seconds_bucket{le="+Inf"} 2\n', "")],
  ["a histogram has no sum", GOOD.replace("b_seconds_sum 1e-3\n", "")],
  ["the count is another than the last bucket", GOOD.replace("b_seconds_count 2", "b_seconds_count 3")],
])("stumbles where %s", (_, text) => {
  expect(text).not.toBe(GOOD);
  expect(() => parseExposition(text)).toThrow();
});
