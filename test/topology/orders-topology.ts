import { aggregate } from "../../src/operators/aggregate.ts";
import { branch } from "../../src/operators/branch.ts";
import { deadLetter } from "../../src/operators/dead-letter.ts";
import { filter } from "../../src/operators/filter.ts";
import { flatMap } from "../../src/operators/flat-map.ts";
import { joinWindow } from "../../src/operators/join-window.ts";
import { lookup } from "../../src/operators/lookup.ts";
import { map } from "../../src/operators/map.ts";
import { merge } from "../../src/operators/merge.ts";
import { selectKey } from "../../src/operators/select-key.ts";
import { jsonSerde } from "../../src/operators/serde.ts";
import { suppress } from "../../src/operators/suppress.ts";
import type { Topology } from "../../src/topology/topology.ts";
import { TopologyBuilder } from "../../src/topology/topology-builder.ts";
import {
  keyedSerializer,
  undecodable,
  valueDeserializer,
  valueSerializer,
} from "../../src/topology/value-serdes.ts";

export interface Order {
  readonly id: string;
  readonly country: string;
  readonly items: readonly string[];
  readonly price: number;
}
export interface Payment {
  readonly order: string;
  readonly paid: number;
}
interface Country {
  readonly name: string;
}

const MINUTE_MS = 60_000;

const windowStore = (name: string) => ({ kind: "window", name, segmentMs: MINUTE_MS }) as const;

/** Written as a user would, with everything that a topology can have; no type is cast. */
export function ordersTopology(): Topology {
  const builder = new TopologyBuilder()
    .store(windowStore("paid-orders-rows"))
    .store(windowStore("paid-orders-due"))
    .store(windowStore("country-totals-held"))
    .store({ kind: "key-value", name: "countries" })
    .store({ kind: "key-value", name: "country-totals" })
    .deadLetters({
      topic: "dead-letters",
      serialize: () => ({
        partition: 0,
        length: 0,
        bytes: new Uint8Array(0),
        starts: new Int32Array(0),
        ends: new Int32Array(0),
        keys: null,
        timestampsMs: new Float64Array(0),
        ordinals: null,
        headers: {},
      }),
    });
  const orderSerde = jsonSerde<Order>();
  const paymentSerde = jsonSerde<Payment>();
  const orders = builder
    .source("orders", {
      topic: "shop.orders",
      deserialize: valueDeserializer(orderSerde),
      completeness: { markers: ["orders"] },
    })
    .via("good-orders", deadLetter(undecodable));
  const payments = builder.source("payments", {
    topic: "shop.payments",
    deserialize: valueDeserializer(paymentSerde),
    completeness: { markers: "none", sliceMs: MINUTE_MS, graceMs: 5000, idleTimeoutMs: 30_000 },
  });
  const paid = builder
    .join(
      "paid-orders",
      { orders, payments },
      joinWindow({
        rows: "paid-orders-rows",
        changes: "paid-orders-due",
        primary: "orders",
        sides: { orders: { serde: orderSerde }, payments: { serde: paymentSerde, optional: true } },
        beforeMs: 0,
        afterMs: 10 * MINUTE_MS,
        join: ({ orders: order, payments: payment }) => ({ ...order, paid: payment?.paid ?? 0 }),
      }),
      ["paid-orders-rows", "paid-orders-due"],
    )
    .via(
      "worth-something",
      filter((order) => order.price > 0),
    );
  const sorted = paid.via(
    "by-payment",
    branch({ paid: (order) => order.paid >= order.price, open: () => true }),
  );
  sorted.output("open").to("open-orders", {
    topic: "shop.open-orders",
    serialize: valueSerializer(jsonSerde<Order & { readonly paid: number }>()),
  });
  const items = sorted
    .output("paid")
    .via(
      "items",
      flatMap(({ country, items: names }) => names.map((item) => ({ country, item }))),
    )
    .via(
      "key-by-country",
      selectKey(({ country }) => country),
    )
    .repartition("items-by-country", {
      topic: "items-by-country",
      serialize: keyedSerializer(jsonSerde<{ country: string; item: string }>()),
      deserialize: valueDeserializer(jsonSerde<{ country: string; item: string }>()),
    });
  const countries = builder.source("countries", {
    topic: "geo.countries",
    deserialize: valueDeserializer(jsonSerde<Country | null>()),
    completeness: { markers: ["countries"] },
  });
  const named = builder.join(
    "name-country",
    { stream: items, table: countries },
    lookup({
      store: "countries",
      serde: jsonSerde<Country>(),
      join: (value: { country: string; item: string }, country) => ({
        ...value,
        country: country.name,
      }),
    }),
    ["countries"],
  );
  const totals = named
    .via(
      "count-by-country",
      aggregate({
        store: "country-totals",
        serde: jsonSerde<number>(),
        initial: () => 0,
        add: (_key, _item, total) => total + 1,
      }),
      ["country-totals"],
    )
    .via(
      "last-count-of-slice",
      suppress({ store: "country-totals-held", serde: jsonSerde<number>(), until: "close" }),
      ["country-totals-held"],
    )
    .via(
      "as-text",
      map((total) => `${total} items`),
    );
  const names = named.via(
    "names",
    map(({ country }) => country),
  );
  builder.join("texts", { totals, names }, merge()).to("country-texts", {
    topic: "shop.country-texts",
    serialize: valueSerializer(jsonSerde<string>()),
  });
  builder.table("lake-texts", "shop.country-texts").table("lake-letters", "dead-letters");
  return builder.build();
}
