-- What a field of a slice file may hold. Each macro gives null for an empty field and for one that
-- does not parse; DuckDB's own casts are too kind (' 1', '1_000', 'inf').
CREATE OR REPLACE TEMP MACRO text(c) AS nullif(c, '');

CREATE OR REPLACE TEMP MACRO int8(c) AS
  CASE WHEN regexp_full_match(c, '-?[0-9]+') THEN TRY_CAST(c AS BIGINT) END;

CREATE OR REPLACE TEMP MACRO int4(c) AS
  CASE WHEN regexp_full_match(c, '-?[0-9]+') THEN TRY_CAST(c AS INTEGER) END;

CREATE OR REPLACE TEMP MACRO float8(c) AS
  CASE WHEN regexp_full_match(c, '-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?')
            AND isfinite(TRY_CAST(c AS DOUBLE))
       THEN TRY_CAST(c AS DOUBLE) END;

-- The first of the seven numbers of V1.5Tone, if they are all there.
CREATE OR REPLACE TEMP MACRO tone(c) AS
  CASE WHEN len(string_split(c, ',')) = 7
            AND len(list_filter(string_split(c, ','), lambda part: float8(part) IS NULL)) = 0
       THEN float8(split_part(c, ',', 1)) END;

CREATE OR REPLACE TEMP MACRO day(c) AS
  CASE WHEN regexp_full_match(c, '[0-9]{8}') THEN CAST(try_strptime(c, '%Y%m%d') AS DATE) END;

CREATE OR REPLACE TEMP MACRO stamp(c) AS
  CASE WHEN regexp_full_match(c, '[0-9]{14}') THEN try_strptime(c, '%Y%m%d%H%M%S') END;
