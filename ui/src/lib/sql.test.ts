import { describe, expect, it } from 'vitest';
import { prettySql, sqlInk } from './sql';

const LONG =
  'SELECT "shop_order"."id", "shop_order"."total" FROM "shop_order" INNER JOIN "shop_customer" ON ("shop_order"."customer_id" = "shop_customer"."id") WHERE ("shop_order"."state" = %s AND "shop_customer"."active") AND "shop_order"."created" BETWEEN %s AND %s ORDER BY "shop_order"."created" DESC LIMIT 20';

/** What a layout may never change. */
const tokens = (s: string) => s.replace(/\s+/g, '');

describe('laying out', () => {
  it('breaks at clauses, joins and conditions', () => {
    expect(prettySql(LONG).split('\n')).toEqual([
      'SELECT "shop_order"."id",',
      '  "shop_order"."total"',
      'FROM "shop_order"',
      '  INNER JOIN "shop_customer" ON ("shop_order"."customer_id" = "shop_customer"."id")',
      'WHERE ("shop_order"."state" = %s AND "shop_customer"."active")',
      '  AND "shop_order"."created" BETWEEN %s AND %s',
      'ORDER BY "shop_order"."created" DESC',
      'LIMIT 20',
    ]);
  });
  it('leaves short statements alone', () => {
    expect(prettySql(' SELECT 1 ')).toBe('SELECT 1');
  });
  it('indents a subquery', () => {
    const text = 'SELECT "a"."id" FROM "a" WHERE "a"."id" IN (SELECT "b"."a_id" FROM "b" WHERE "b"."state" = %s) LIMIT 5';
    expect(prettySql(text)).toContain('IN (\n  SELECT "b"."a_id"\n  FROM "b"\n  WHERE "b"."state" = %s\n)');
  });
  it.each([
    LONG,
    'INSERT INTO "shop_order" ("customer_id", "total", "state", "created") VALUES (%s, %s, %s, %s) RETURNING "shop_order"."id"',
    "SELECT 'it''s -- no comment' AS x, COUNT(*) FROM t /* note: a, b */ WHERE a::text LIKE '%x%' GROUP BY 1 HAVING COUNT(*) > 2 ORDER BY 1",
    'UPDATE "shop_product" SET "stock" = ("shop_product"."stock" - 1), "touched" = now() WHERE "shop_product"."id" = 4 AND "stock" > 0',
    "SELECT 'not closed FROM somewhere that is longer than the limit of one line, as truncated statements are ...",
    'SELECT a FROM ((( b WHERE ) c ) d ) ) unbalanced AND odd OR even FROM FROM WHERE x',
  ])('adds and drops nothing: %#', (text) => expect(tokens(prettySql(text))).toBe(tokens(text)));
});

describe('colouring', () => {
  it('gives back the same text', () => {
    expect(sqlInk(LONG).map((i) => i.text).join('')).toBe(LONG);
  });
  it('knows keywords, strings and numbers', () => {
    const kinds = Object.fromEntries(sqlInk("select x from t where a = 'FROM' limit 20").map((i) => [i.text, i.kind]));
    expect(kinds).toMatchObject({ select: 'keyword', from: 'keyword', "'FROM'": 'string', '20': 'number' });
  });
});
