-- microlift: from the events in shop.web.events to the cells of plan fbf7d52bf461b4b3
-- (layout 1, bigquery). The last table, exported as Parquet, is what
-- `microlift lift --cells` reads. Columns are taken to be of these types:
--   user_id: string
--   timestamp: timestamp('UTC')
--   event: string

-- valid rows, each once
CREATE TABLE `microlift_rows` AS
SELECT
  `t4`.`user`,
  `t4`.`event`,
  `t4`.`t`,
  `t4`.`mask`,
  `t4`.`macro`,
  `t4`.`rank`,
  MOD(
    (
      (
        INSTR(
          '0123456789abcdef',
          SUBSTRING(
            LOWER(TO_HEX(MD5(CAST(`t4`.`user` AS BYTES)))),
            IF(
              (
                0 + 1
              ) >= 1,
              0 + 1,
              0 + 1 + LENGTH(LOWER(TO_HEX(MD5(CAST(`t4`.`user` AS BYTES)))))
            ),
            1
          )
        ) - 1
      ) * 16
    ) + (
      INSTR(
        '0123456789abcdef',
        SUBSTRING(
          LOWER(TO_HEX(MD5(CAST(`t4`.`user` AS BYTES)))),
          IF(
            (
              1 + 1
            ) >= 1,
            1 + 1,
            1 + 1 + LENGTH(LOWER(TO_HEX(MD5(CAST(`t4`.`user` AS BYTES)))))
          ),
          1
        )
      ) - 1
    ),
    128
  ) AS `bucket`,
  IF(
    `t4`.`macro` = 1,
    CAST(CAST(ROUND(CAST(1.0 AS NUMERIC) * 100, 0) AS NUMERIC) AS INT64),
    0
  ) AS `value`
FROM (
  SELECT DISTINCT
    `t3`.`user`,
    `t3`.`event`,
    `t3`.`t`,
    `t3`.`mask`,
    `t3`.`macro`,
    `t3`.`rank`
  FROM (
    SELECT
      `t2`.*
      EXCEPT (`number`)
    FROM (
      SELECT
        `t1`.`user`,
        `t1`.`event`,
        `t1`.`t`,
        `t1`.`timed`,
        `t1`.`mask`,
        `t1`.`macro`,
        `t1`.`number`,
        `t1`.`known`,
        CAST(CASE
          WHEN `t1`.`macro` = 1
          THEN 31
          WHEN (
            `t1`.`mask` & 1
          ) <> 0
          THEN 1
          WHEN (
            `t1`.`mask` & 2
          ) <> 0
          THEN 2
          WHEN (
            `t1`.`mask` & 4
          ) <> 0
          THEN 3
          WHEN (
            `t1`.`mask` & 8
          ) <> 0
          THEN 4
          ELSE 0
        END AS INT64) AS `rank`,
        IF((
          `t1`.`known` = 1
        ) AND (
          `t1`.`number` <> 0.0
        ), `t1`.`number`, 0.0) AS `v`
      FROM (
        SELECT
          COALESCE(`t0`.`user_id`, '') AS `user`,
          COALESCE(`t0`.`event`, '') AS `event`,
          IF(
            (
              UNIX_MICROS(`t0`.`timestamp`) >= -5364662400000000
            )
            AND (
              UNIX_MICROS(`t0`.`timestamp`) < 7258118400000000
            ),
            UNIX_MICROS(`t0`.`timestamp`),
            CAST(NULL AS INT64)
          ) AS `t`,
          `t0`.`timestamp` IS NOT NULL AS `timed`,
          0 + CAST(IF(COALESCE(`t0`.`event` IN ('page_view'), FALSE), 1, 0) AS INT64) + CAST(IF(COALESCE(`t0`.`event` IN ('form_start'), FALSE), 4, 0) AS INT64) + CAST(IF(COALESCE(`t0`.`event` IN ('trial'), FALSE), 8, 0) AS INT64) AS `mask`,
          CAST(COALESCE(`t0`.`event` IN ('purchase'), FALSE) AS INT64) AS `macro`,
          0.0 AS `number`,
          CAST(COALESCE(
            (
              0.0 IS NOT NULL
            )
            AND NOT (
              IS_NAN(0.0)
            )
            AND (
              ABS(0.0) < 1000000000000000.0
            ),
            FALSE
          ) AS INT64) AS `known`
        FROM `shop`.`web`.`events` AS `t0`
      ) AS `t1`
    ) AS `t2`
  ) AS `t3`
  WHERE
    `t3`.`user` <> '' AND `t3`.`t` IS NOT NULL AND `t3`.`event` <> ''
) AS `t4`;

-- events, and which complete a rule
CREATE TABLE `microlift_judged` AS
SELECT
  `t5`.`user`,
  `t5`.`bucket`,
  `t5`.`t`,
  `t5`.`seq`,
  `t5`.`event`,
  (
    `t5`.`mask` - (
      `t5`.`mask` & 15
    )
  ) + CAST(IF(`t5`.`reach0`, 1, 0) AS INT64) + CAST(IF((
    `t5`.`macro` = 1
  ) AND `t5`.`back1`, 2, 0) AS INT64) + CAST(IF((
    `t5`.`mask` & 8
  ) <> 0, 8, 0) AS INT64) AS `mask`,
  `t5`.`macro`,
  `t5`.`value`,
  `t5`.`session`,
  `t5`.`opens`,
  `t5`.`away`,
  `t5`.`tie`,
  `t5`.`mask` AS `was`,
  `t5`.`back1`
FROM (
  SELECT
    `t4`.`user`,
    `t4`.`bucket`,
    `t4`.`t`,
    `t4`.`seq`,
    `t4`.`event`,
    `t4`.`mask`,
    `t4`.`macro`,
    `t4`.`value`,
    `t4`.`session`,
    `t4`.`opens`,
    `t4`.`away`,
    `t4`.`tie`,
    (
      (
        `t4`.`mask` & 1
      ) <> 0
    )
    AND (
      COUNT(IF((
        `t4`.`mask` & 1
      ) <> 0, 1, NULL)) OVER (
        PARTITION BY `t4`.`user`, `t4`.`session`
        ORDER BY `t4`.`seq` ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) = 5
    ) AS `reach0`,
    COALESCE(
      (
        `t4`.`opens` = 1
      )
      AND (
        (
          `t4`.`t` - LAG(`t4`.`t`) OVER (PARTITION BY `t4`.`user` ORDER BY `t4`.`seq` ASC)
        ) <= 604800000000
      ),
      FALSE
    ) AS `back1`
  FROM (
    SELECT
      `t3`.`user`,
      `t3`.`bucket`,
      `t3`.`t`,
      `t3`.`seq`,
      `t3`.`event`,
      `t3`.`mask`,
      `t3`.`macro`,
      `t3`.`value`,
      `t3`.`session`,
      `t3`.`opens`,
      `t3`.`away`,
      `t3`.`tie`
    FROM (
      SELECT
        `t2`.`user`,
        `t2`.`event`,
        `t2`.`t`,
        `t2`.`mask`,
        `t2`.`macro`,
        `t2`.`rank`,
        `t2`.`bucket`,
        `t2`.`value`,
        `t2`.`seq`,
        `t2`.`before`,
        `t2`.`opens`,
        `t2`.`quiet`,
        `t2`.`at_macro`,
        SUM(`t2`.`opens`) OVER (
          PARTITION BY `t2`.`user`
          ORDER BY `t2`.`seq` ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS `session`,
        MOD(
          MAX(IF(`t2`.`opens` = 1, (
            `t2`.`seq` * 256
          ) + `t2`.`quiet`, NULL)) OVER (
            PARTITION BY `t2`.`user`
            ORDER BY `t2`.`seq` ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ),
          256
        ) AS `away`,
        CAST(COALESCE(
          `t2`.`t` = LAG(`t2`.`t`) OVER (PARTITION BY `t2`.`user` ORDER BY `t2`.`seq` ASC),
          FALSE
        )
        OR COALESCE(
          `t2`.`t` = LEAD(`t2`.`t`) OVER (PARTITION BY `t2`.`user` ORDER BY `t2`.`seq` ASC),
          FALSE
        ) AS INT64) AS `tie`
      FROM (
        SELECT
          `t1`.`user`,
          `t1`.`event`,
          `t1`.`t`,
          `t1`.`mask`,
          `t1`.`macro`,
          `t1`.`rank`,
          `t1`.`bucket`,
          `t1`.`value`,
          `t1`.`seq`,
          `t1`.`before`,
          CAST((
            `t1`.`before` IS NULL
          )
          OR (
            (
              `t1`.`t` - `t1`.`before`
            ) > 1800000000
          ) AS INT64) AS `opens`,
          IF(
            (
              `t1`.`t` - `t1`.`before`
            ) IS NULL,
            0,
            GREATEST(
              CAST(ROUND(
                ieee_divide(
                  (
                    LEAST(`t1`.`t` - `t1`.`before`, 918000000000) + 3599999999
                  ) - (
                    MOD(
                      (
                        MOD(LEAST(`t1`.`t` - `t1`.`before`, 918000000000) + 3599999999, 3600000000)
                      ) + 3600000000,
                      3600000000
                    )
                  ),
                  3600000000
                ),
                0
              ) AS INT64),
              1
            )
          ) AS `quiet`,
          0 AS `at_macro`
        FROM (
          SELECT
            `t0`.`user`,
            `t0`.`event`,
            `t0`.`t`,
            `t0`.`mask`,
            `t0`.`macro`,
            `t0`.`rank`,
            `t0`.`bucket`,
            `t0`.`value`,
            ROW_NUMBER() OVER (
              PARTITION BY `t0`.`user`
              ORDER BY `t0`.`t` ASC, `t0`.`rank` ASC, `t0`.`event` ASC, `t0`.`mask` ASC
            ) - 1 AS `seq`,
            LAG(`t0`.`t`) OVER (
              PARTITION BY `t0`.`user`
              ORDER BY `t0`.`t` ASC, `t0`.`rank` ASC, `t0`.`event` ASC, `t0`.`mask` ASC
            ) AS `before`
          FROM `microlift_rows` AS `t0`
        ) AS `t1`
      ) AS `t2`
    ) AS `t3`
  ) AS `t4`
) AS `t5`;

-- how often rules are not known
CREATE TABLE `microlift_unknown` AS
WITH `t2` AS (
  SELECT
    `t0`.`user`,
    `t0`.`bucket`,
    `t0`.`t`,
    `t0`.`seq`,
    `t0`.`event`,
    `t0`.`was` AS `mask`,
    `t0`.`macro`,
    `t0`.`value`,
    `t0`.`session`,
    `t0`.`opens`,
    `t0`.`away`,
    `t0`.`tie`,
    `t0`.`was`,
    `t0`.`back1`
  FROM `microlift_judged` AS `t0`
)
SELECT
  `t8`.`all2`,
  `t16`.`unknown2`
FROM (
  SELECT
    COUNTIF((
      `t3`.`mask` & 4
    ) <> 0) AS `all2`
  FROM `t2` AS `t3`
) AS `t8`
CROSS JOIN (
  SELECT
    COUNTIF(NOT (
      `t14`.`over`
    ) AND (
      `t14`.`seq` > `t14`.`done`
    )) AS `unknown2`
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t12`.`user`,
        `t12`.`bucket`,
        `t12`.`t`,
        `t12`.`seq`,
        `t12`.`event`,
        `t12`.`mask`,
        `t12`.`macro`,
        `t12`.`value`,
        `t12`.`session`,
        `t12`.`opens`,
        `t12`.`away`,
        `t12`.`tie`,
        `t12`.`was`,
        `t12`.`back1`,
        `t12`.`part`,
        (
          MAX(`t12`.`t`) OVER (
            PARTITION BY `t12`.`user`, `t12`.`session`, `t12`.`part`
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) + 1800000000
        ) < (
          SELECT
            MAX(`t1`.`t`) AS `last_us`
          FROM `microlift_rows` AS `t1`
        ) AS `over`,
        COALESCE(
          MAX(IF(`t12`.`event` IN ('form_submit'), `t12`.`seq`, NULL)) OVER (
            PARTITION BY `t12`.`user`, `t12`.`session`, `t12`.`part`
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ),
          -1
        ) AS `done`
      FROM (
        SELECT
          `t11`.`user`,
          `t11`.`bucket`,
          `t11`.`t`,
          `t11`.`seq`,
          `t11`.`event`,
          `t11`.`mask`,
          `t11`.`macro`,
          `t11`.`value`,
          `t11`.`session`,
          `t11`.`opens`,
          `t11`.`away`,
          `t11`.`tie`,
          `t11`.`was`,
          `t11`.`back1`,
          0 AS `part`
        FROM (
          SELECT
            `t5`.`user`,
            `t5`.`bucket`,
            `t5`.`t`,
            `t5`.`seq`,
            `t5`.`event`,
            `t5`.`mask`,
            `t5`.`macro`,
            `t5`.`value`,
            `t5`.`session`,
            `t5`.`opens`,
            `t5`.`away`,
            `t5`.`tie`,
            `t5`.`was`,
            `t5`.`back1`
          FROM `t2` AS `t5`
          WHERE
            EXISTS(
              SELECT
                1
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    `t3`.`user`,
                    MAX(`t3`.`t`) AS `end`
                  FROM `t2` AS `t3`
                  GROUP BY
                    1
                ) AS `t6`
                WHERE
                  (
                    `t6`.`end` + 1800000000
                  ) >= (
                    SELECT
                      MAX(`t1`.`t`) AS `last_us`
                    FROM `microlift_rows` AS `t1`
                  )
              ) AS `t10`
              WHERE
                `t5`.`user` = `t10`.`user`
            )
        ) AS `t11`
      ) AS `t12`
    ) AS `t13`
    WHERE
      (
        `t13`.`mask` & 4
      ) <> 0
  ) AS `t14`
) AS `t16`;

-- events in order and in sessions
CREATE TABLE `microlift_events` AS
SELECT
  `t17`.`user`,
  `t17`.`bucket`,
  `t17`.`t`,
  `t17`.`seq`,
  `t17`.`event`,
  `t17`.`mask`,
  `t17`.`macro`,
  `t17`.`value`,
  `t17`.`session`,
  `t17`.`opens`,
  `t17`.`away`,
  `t17`.`tie`
FROM (
  SELECT
    `t16`.`user`,
    `t16`.`t`,
    `t16`.`mask`,
    `t16`.`event`,
    `t16`.`macro`,
    `t16`.`value`,
    `t16`.`opens`,
    `t16`.`tie`,
    `t16`.`seq`,
    `t16`.`session`,
    `t16`.`away`,
    MAX(`t16`.`bucket`) OVER (
      PARTITION BY `t16`.`user`
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `bucket`
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t14`.`user`,
        `t14`.`t`,
        `t14`.`mask` - (
          `t14`.`mask` & (
            COALESCE(
              MAX(
                CAST(IF((
                  `t14`.`mask` & 1
                ) <> 0, 1, IF(`t14`.`mask` IS NULL, NULL, 0)) AS INT64)
              ) OVER (
                PARTITION BY `t14`.`user`
                ORDER BY `t14`.`seq` ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
              ) + MAX(
                CAST(IF((
                  `t14`.`mask` & 2
                ) <> 0, 2, IF(`t14`.`mask` IS NULL, NULL, 0)) AS INT64)
              ) OVER (
                PARTITION BY `t14`.`user`
                ORDER BY `t14`.`seq` ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
              ) + MAX(
                CAST(IF((
                  `t14`.`mask` & 4
                ) <> 0, 4, IF(`t14`.`mask` IS NULL, NULL, 0)) AS INT64)
              ) OVER (
                PARTITION BY `t14`.`user`
                ORDER BY `t14`.`seq` ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
              ) + MAX(
                CAST(IF((
                  `t14`.`mask` & 8
                ) <> 0, 8, IF(`t14`.`mask` IS NULL, NULL, 0)) AS INT64)
              ) OVER (
                PARTITION BY `t14`.`user`
                ORDER BY `t14`.`seq` ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
              ) + MAX(
                CAST(IF((
                  `t14`.`mask` & 16
                ) <> 0, 16, IF(`t14`.`mask` IS NULL, NULL, 0)) AS INT64)
              ) OVER (
                PARTITION BY `t14`.`user`
                ORDER BY `t14`.`seq` ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
              ),
              0
            ) & 8
          )
        ) AS `mask`,
        `t14`.`event`,
        `t14`.`macro`,
        `t14`.`value`,
        `t14`.`opens`,
        `t14`.`tie`,
        `t14`.`seq`,
        `t14`.`session`,
        `t14`.`away`,
        `t14`.`bucket`
      FROM (
        SELECT
          `t13`.`user`,
          `t13`.`t`,
          `t13`.`mask`,
          `t13`.`event`,
          `t13`.`macro`,
          `t13`.`value`,
          `t13`.`opens`,
          `t13`.`tie`,
          `t13`.`seq`,
          `t13`.`session`,
          `t13`.`away`,
          `t13`.`bucket`
        FROM (
          SELECT
            `t12`.`user`,
            `t12`.`t`,
            `t12`.`place`,
            `t12`.`mask`,
            `t12`.`so_far`,
            `t12`.`quiet`,
            `t12`.`event`,
            `t12`.`macro`,
            `t12`.`value`,
            `t12`.`opens`,
            `t12`.`tie`,
            ROW_NUMBER() OVER (PARTITION BY `t12`.`user` ORDER BY `t12`.`t` ASC, `t12`.`place` ASC) - 1 AS `seq`,
            MOD(
              MAX(`t12`.`so_far`) OVER (
                PARTITION BY `t12`.`user`
                ORDER BY `t12`.`t` ASC, `t12`.`place` ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
              ),
              2147483648
            ) AS `session`,
            MOD(
              MAX(`t12`.`quiet`) OVER (
                PARTITION BY `t12`.`user`
                ORDER BY `t12`.`t` ASC, `t12`.`place` ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
              ),
              256
            ) AS `away`,
            `t12`.`bucket`
          FROM (
            SELECT
              *
            FROM (
              SELECT
                `t0`.`user`,
                `t0`.`t`,
                (
                  `t0`.`seq` * 2
                ) + 1 AS `place`,
                `t0`.`mask`,
                (
                  `t0`.`seq` * 2147483648
                ) + `t0`.`session` AS `so_far`,
                (
                  `t0`.`seq` * 256
                ) + `t0`.`away` AS `quiet`,
                `t0`.`event`,
                `t0`.`macro`,
                `t0`.`value`,
                `t0`.`opens`,
                `t0`.`tie`,
                `t0`.`seq`,
                `t0`.`session`,
                `t0`.`away`,
                `t0`.`bucket`
              FROM `microlift_judged` AS `t0`
            ) AS `t5`
            UNION ALL
            SELECT
              *
            FROM (
              SELECT
                `t10`.`user`,
                `t10`.`t`,
                `t10`.`place`,
                `t10`.`mask`,
                CAST(NULL AS INT64) AS `so_far`,
                CAST(NULL AS INT64) AS `quiet`,
                '' AS `event`,
                0 AS `macro`,
                0 AS `value`,
                0 AS `opens`,
                0 AS `tie`,
                0 AS `seq`,
                0 AS `session`,
                0 AS `away`,
                0 AS `bucket`
              FROM (
                SELECT
                  `t9`.`user`,
                  `t9`.`t`,
                  `t9`.`place`,
                  MAX(CAST(IF((
                    `t9`.`bit` & 1
                  ) <> 0, 1, IF(`t9`.`bit` IS NULL, NULL, 0)) AS INT64)) + MAX(CAST(IF((
                    `t9`.`bit` & 2
                  ) <> 0, 2, IF(`t9`.`bit` IS NULL, NULL, 0)) AS INT64)) + MAX(CAST(IF((
                    `t9`.`bit` & 4
                  ) <> 0, 4, IF(`t9`.`bit` IS NULL, NULL, 0)) AS INT64)) + MAX(CAST(IF((
                    `t9`.`bit` & 8
                  ) <> 0, 8, IF(`t9`.`bit` IS NULL, NULL, 0)) AS INT64)) + MAX(
                    CAST(IF((
                      `t9`.`bit` & 16
                    ) <> 0, 16, IF(`t9`.`bit` IS NULL, NULL, 0)) AS INT64)
                  ) AS `mask`
                FROM (
                  SELECT
                    *
                  FROM (
                    SELECT
                      *
                    FROM (
                      SELECT
                        `t0`.`user`,
                        `t0`.`t`,
                        `t0`.`seq` * 2 AS `place`,
                        2 AS `bit`
                      FROM `microlift_judged` AS `t0`
                      WHERE
                        `t0`.`back1` AND `t0`.`macro` = 0
                    ) AS `t3`
                    UNION ALL
                    SELECT
                      *
                    FROM (
                      SELECT
                        `t6`.`user`,
                        `t6`.`end` + 1800000001 AS `t`,
                        -1 AS `place`,
                        4 AS `bit`
                      FROM (
                        SELECT
                          `t2`.`user`,
                          `t2`.`session`,
                          `t2`.`part`,
                          MAX(IF((
                            `t2`.`was` & 4
                          ) <> 0, `t2`.`seq`, NULL)) AS `begun`,
                          MAX(IF(`t2`.`event` IN ('form_submit'), `t2`.`seq`, NULL)) AS `finished`,
                          MAX(`t2`.`t`) AS `end`
                        FROM (
                          SELECT
                            `t0`.`user`,
                            `t0`.`bucket`,
                            `t0`.`t`,
                            `t0`.`seq`,
                            `t0`.`event`,
                            `t0`.`mask`,
                            `t0`.`macro`,
                            `t0`.`value`,
                            `t0`.`session`,
                            `t0`.`opens`,
                            `t0`.`away`,
                            `t0`.`tie`,
                            `t0`.`was`,
                            `t0`.`back1`,
                            0 AS `part`
                          FROM `microlift_judged` AS `t0`
                        ) AS `t2`
                        GROUP BY
                          1,
                          2,
                          3
                      ) AS `t6`
                      WHERE
                        `t6`.`begun` IS NOT NULL AND COALESCE(`t6`.`finished`, -1) < `t6`.`begun`
                    ) AS `t7`
                  ) AS `t8`
                  WHERE
                    `t8`.`t` <= (
                      SELECT
                        MAX(`t1`.`t`) AS `last_us`
                      FROM `microlift_rows` AS `t1`
                    )
                ) AS `t9`
                GROUP BY
                  1,
                  2,
                  3
              ) AS `t10`
            ) AS `t11`
          ) AS `t12`
        ) AS `t13`
      ) AS `t14`
    ) AS `t15`
    WHERE
      (
        `t15`.`event` <> ''
      ) OR (
        `t15`.`mask` <> 0
      )
  ) AS `t16`
) AS `t17`;

-- figures of the log, one row
CREATE TABLE `microlift_facts` AS
WITH `t3` AS (
  SELECT
    *
  FROM `microlift_events` AS `t1`
  WHERE
    `t1`.`event` <> ''
)
SELECT
  `t13`.`users`,
  `t13`.`sessions`,
  `t13`.`empty`,
  `t13`.`events`,
  `t13`.`first_us`,
  `t13`.`last_us`,
  `t13`.`macros`,
  `t13`.`value`,
  `t13`.`missing`,
  `t13`.`negative`,
  CAST((
    `t13`.`empty` * 100
  ) > `t13`.`sessions` AS INT64) AS `starts`
FROM (
  SELECT
    `t12`.`users`,
    `t12`.`sessions`,
    `t12`.`empty`,
    `t8`.`events`,
    `t8`.`first_us`,
    `t8`.`last_us`,
    `t8`.`macros`,
    `t8`.`value`,
    `t7`.`missing`,
    `t7`.`negative`
  FROM (
    SELECT
      COUNT(DISTINCT `t10`.`user`) AS `users`,
      SUM(`t10`.`opens`) AS `sessions`,
      SUM(IF(`t10`.`counts` = 1, `t10`.`opens` - `t10`.`planned`, 0)) AS `empty`
    FROM (
      SELECT
        `t9`.`user`,
        `t9`.`session`,
        SUM(`t9`.`opens`) AS `opens`,
        MAX(CAST((
          `t9`.`end` IS NULL
        ) OR (
          `t9`.`session` <= `t9`.`end`
        ) AS INT64)) AS `counts`,
        MAX(CAST((
          `t9`.`mask` <> 0
        ) OR (
          `t9`.`macro` = 1
        ) AS INT64)) AS `planned`
      FROM (
        SELECT
          `t4`.`user`,
          `t4`.`bucket`,
          `t4`.`t`,
          `t4`.`seq`,
          `t4`.`event`,
          `t4`.`mask`,
          `t4`.`macro`,
          `t4`.`value`,
          `t4`.`session`,
          `t4`.`opens`,
          `t4`.`away`,
          `t4`.`tie`,
          MIN(IF(CAST(`t4`.`macro` AS BOOL), `t4`.`session`, NULL)) OVER (PARTITION BY `t4`.`user` ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS `end`
        FROM `t3` AS `t4`
      ) AS `t9`
      GROUP BY
        1,
        2
    ) AS `t10`
  ) AS `t12`
  CROSS JOIN (
    SELECT
      COUNT(*) AS `events`,
      MIN(`t4`.`t`) AS `first_us`,
      MAX(`t4`.`t`) AS `last_us`,
      SUM(`t4`.`macro`) AS `macros`,
      SUM(`t4`.`value`) AS `value`
    FROM `t3` AS `t4`
  ) AS `t8`
  CROSS JOIN (
    SELECT
      COUNTIF(`t2`.`macro` = 0) AS `missing`,
      COUNTIF(`t2`.`macro` = 0) AS `negative`
    FROM (
      SELECT
        *
      FROM `microlift_rows` AS `t0`
      WHERE
        `t0`.`macro` = 1
    ) AS `t2`
  ) AS `t7`
) AS `t13`;

-- events up to the first macro
CREATE TABLE `microlift_moments` AS
SELECT
  `t10`.`user`,
  `t10`.`bucket`,
  `t10`.`t`,
  `t10`.`seq`,
  `t10`.`event`,
  `t10`.`mask`,
  `t10`.`macro`,
  `t10`.`value`,
  `t10`.`session`,
  `t10`.`opens`,
  `t10`.`away`,
  `t10`.`tie`,
  `t10`.`first_t`,
  `t10`.`macro_seq`,
  `t10`.`macro_t`,
  `t10`.`step`,
  `t10`.`covered`,
  `t10`.`done_before`,
  `t10`.`carried`,
  `t10`.`count`,
  `t10`.`last_t`,
  `t10`.`next_t`,
  `t10`.`next_macro`,
  `t10`.`ahead_t`,
  `t10`.`ahead_step`,
  `t10`.`k_own`,
  `t10`.`k_ahead`,
  `t10`.`k_first`,
  `t10`.`k_last`,
  `t10`.`stale`,
  `t10`.`unreached`,
  `t10`.`final`,
  `t10`.`ticks`,
  `t10`.`is_moment`,
  `t10`.`done`,
  `t10`.`at`,
  `t10`.`depth`,
  MAX(
    IF(
      `t10`.`ticks` > 0,
      `t10`.`first_t` + (
        `t10`.`k_last` * 86400000000
      ),
      IF(`t10`.`is_moment`, `t10`.`t`, NULL)
    )
  ) OVER (
    PARTITION BY `t10`.`user`
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
  ) AS `end_t`
FROM (
  SELECT
    `t9`.`user`,
    `t9`.`bucket`,
    `t9`.`t`,
    `t9`.`seq`,
    `t9`.`event`,
    `t9`.`mask`,
    `t9`.`macro`,
    `t9`.`value`,
    `t9`.`session`,
    `t9`.`opens`,
    `t9`.`away`,
    `t9`.`tie`,
    `t9`.`first_t`,
    `t9`.`macro_seq`,
    `t9`.`macro_t`,
    `t9`.`step`,
    `t9`.`covered`,
    `t9`.`done_before`,
    `t9`.`carried`,
    `t9`.`count`,
    `t9`.`last_t`,
    `t9`.`next_t`,
    `t9`.`next_macro`,
    `t9`.`ahead_t`,
    `t9`.`ahead_step`,
    `t9`.`k_own`,
    `t9`.`k_ahead`,
    `t9`.`k_first`,
    `t9`.`k_last`,
    `t9`.`stale`,
    `t9`.`unreached`,
    (
      `t9`.`macro` = 1
    ) OR (
      `t9`.`next_t` IS NULL
    ) AS `final`,
    IF(`t9`.`macro` = 1, 0, GREATEST(0, (
      `t9`.`k_last` - `t9`.`k_first`
    ) + 1)) AS `ticks`,
    (
      `t9`.`macro` = 0
    )
    AND (
      (
        `t9`.`step` > 0
      ) OR (
        `t9`.`last_t` IS NULL
      ) OR `t9`.`stale`
    ) AS `is_moment`,
    `t9`.`mask` | `t9`.`done_before` AS `done`,
    IF(`t9`.`carried` >= 0, (
      (
        MOD(`t9`.`carried`, 1024)
      ) - 5
    ) + 1, 0) AS `at`,
    CAST(CAST(`t9`.`count` >= 1 AS INT64) + CAST(`t9`.`count` >= 3 AS INT64) + CAST(`t9`.`count` >= 6 AS INT64) AS INT64) AS `depth`
  FROM (
    SELECT
      `t8`.`user`,
      `t8`.`bucket`,
      `t8`.`t`,
      `t8`.`seq`,
      `t8`.`event`,
      `t8`.`mask`,
      `t8`.`macro`,
      `t8`.`value`,
      `t8`.`session`,
      `t8`.`opens`,
      `t8`.`away`,
      `t8`.`tie`,
      `t8`.`first_t`,
      `t8`.`macro_seq`,
      `t8`.`macro_t`,
      `t8`.`step`,
      `t8`.`covered`,
      `t8`.`done_before`,
      `t8`.`carried`,
      `t8`.`count`,
      `t8`.`last_t`,
      `t8`.`next_t`,
      `t8`.`next_macro`,
      `t8`.`ahead_t`,
      `t8`.`ahead_step`,
      CASE
        WHEN (
          `t8`.`t` - `t8`.`first_t`
        ) > 0
        THEN CAST(ROUND(
          ieee_divide(
            (
              (
                `t8`.`t` - `t8`.`first_t`
              ) + 86399999999
            ) - (
              MOD(
                (
                  MOD((
                    `t8`.`t` - `t8`.`first_t`
                  ) + 86399999999, 86400000000)
                ) + 86400000000,
                86400000000
              )
            ),
            86400000000
          ),
          0
        ) AS INT64) - 1
        WHEN (
          `t8`.`t` - `t8`.`first_t`
        ) IS NOT NULL
        THEN 0
        ELSE NULL
      END AS `k_own`,
      CASE
        WHEN (
          `t8`.`ahead_t` - `t8`.`first_t`
        ) > 0
        THEN CAST(ROUND(
          ieee_divide(
            (
              (
                `t8`.`ahead_t` - `t8`.`first_t`
              ) + 86399999999
            ) - (
              MOD(
                (
                  MOD((
                    `t8`.`ahead_t` - `t8`.`first_t`
                  ) + 86399999999, 86400000000)
                ) + 86400000000,
                86400000000
              )
            ),
            86400000000
          ),
          0
        ) AS INT64) - 1
        WHEN (
          `t8`.`ahead_t` - `t8`.`first_t`
        ) IS NOT NULL
        THEN 0
        ELSE NULL
      END AS `k_ahead`,
      GREATEST(
        1,
        CAST(ROUND(
          ieee_divide(
            (
              (
                `t8`.`t` - `t8`.`first_t`
              ) + 86399999999
            ) - (
              MOD(
                (
                  MOD((
                    `t8`.`t` - `t8`.`first_t`
                  ) + 86399999999, 86400000000)
                ) + 86400000000,
                86400000000
              )
            ),
            86400000000
          ),
          0
        ) AS INT64)
      ) AS `k_first`,
      LEAST(
        COALESCE(
          CASE
            WHEN (
              `t8`.`next_t` - `t8`.`first_t`
            ) > 0
            THEN CAST(ROUND(
              ieee_divide(
                (
                  (
                    `t8`.`next_t` - `t8`.`first_t`
                  ) + 86399999999
                ) - (
                  MOD(
                    (
                      MOD((
                        `t8`.`next_t` - `t8`.`first_t`
                      ) + 86399999999, 86400000000)
                    ) + 86400000000,
                    86400000000
                  )
                ),
                86400000000
              ),
              0
            ) AS INT64) - 1
            WHEN (
              `t8`.`next_t` - `t8`.`first_t`
            ) IS NOT NULL
            THEN 0
            ELSE NULL
          END,
          CAST(ROUND(
            ieee_divide(
              (
                (
                  SELECT
                    `t1`.`last_us`
                  FROM `microlift_facts` AS `t1`
                ) - `t8`.`first_t`
              ) - (
                MOD(
                  (
                    MOD(
                      (
                        SELECT
                          `t1`.`last_us`
                        FROM `microlift_facts` AS `t1`
                      ) - `t8`.`first_t`,
                      86400000000
                    )
                  ) + 86400000000,
                  86400000000
                )
              ),
              86400000000
            ),
            0
          ) AS INT64)
        ),
        CAST(ROUND(
          ieee_divide(
            (
              (
                `t8`.`t` - `t8`.`first_t`
              ) + 1209600000000
            ) - (
              MOD(
                (
                  MOD((
                    `t8`.`t` - `t8`.`first_t`
                  ) + 1209600000000, 86400000000)
                ) + 86400000000,
                86400000000
              )
            ),
            86400000000
          ),
          0
        ) AS INT64)
      ) AS `k_last`,
      COALESCE(
        (
          `t8`.`last_t` IS NOT NULL
        )
        AND (
          CASE
            WHEN (
              `t8`.`t` - `t8`.`first_t`
            ) > 0
            THEN CAST(ROUND(
              ieee_divide(
                (
                  (
                    `t8`.`t` - `t8`.`first_t`
                  ) + 86399999999
                ) - (
                  MOD(
                    (
                      MOD((
                        `t8`.`t` - `t8`.`first_t`
                      ) + 86399999999, 86400000000)
                    ) + 86400000000,
                    86400000000
                  )
                ),
                86400000000
              ),
              0
            ) AS INT64) - 1
            WHEN (
              `t8`.`t` - `t8`.`first_t`
            ) IS NOT NULL
            THEN 0
            ELSE NULL
          END > CASE
            WHEN (
              `t8`.`last_t` - `t8`.`first_t`
            ) > 0
            THEN CAST(ROUND(
              ieee_divide(
                (
                  (
                    `t8`.`last_t` - `t8`.`first_t`
                  ) + 86399999999
                ) - (
                  MOD(
                    (
                      MOD((
                        `t8`.`last_t` - `t8`.`first_t`
                      ) + 86399999999, 86400000000)
                    ) + 86400000000,
                    86400000000
                  )
                ),
                86400000000
              ),
              0
            ) AS INT64) - 1
            WHEN (
              `t8`.`last_t` - `t8`.`first_t`
            ) IS NOT NULL
            THEN 0
            ELSE NULL
          END
        )
        AND (
          (
            (
              (
                CASE
                  WHEN (
                    `t8`.`t` - `t8`.`first_t`
                  ) > 0
                  THEN CAST(ROUND(
                    ieee_divide(
                      (
                        (
                          `t8`.`t` - `t8`.`first_t`
                        ) + 86399999999
                      ) - (
                        MOD(
                          (
                            MOD((
                              `t8`.`t` - `t8`.`first_t`
                            ) + 86399999999, 86400000000)
                          ) + 86400000000,
                          86400000000
                        )
                      ),
                      86400000000
                    ),
                    0
                  ) AS INT64) - 1
                  WHEN (
                    `t8`.`t` - `t8`.`first_t`
                  ) IS NOT NULL
                  THEN 0
                  ELSE NULL
                END * 86400000000
              ) + `t8`.`first_t`
            ) - `t8`.`last_t`
          ) > 1209600000000
        ),
        FALSE
      ) AS `stale`,
      COALESCE(
        (
          `t8`.`next_macro` = 1
        )
        AND (
          CASE
            WHEN (
              `t8`.`next_t` - `t8`.`first_t`
            ) > 0
            THEN CAST(ROUND(
              ieee_divide(
                (
                  (
                    `t8`.`next_t` - `t8`.`first_t`
                  ) + 86399999999
                ) - (
                  MOD(
                    (
                      MOD((
                        `t8`.`next_t` - `t8`.`first_t`
                      ) + 86399999999, 86400000000)
                    ) + 86400000000,
                    86400000000
                  )
                ),
                86400000000
              ),
              0
            ) AS INT64) - 1
            WHEN (
              `t8`.`next_t` - `t8`.`first_t`
            ) IS NOT NULL
            THEN 0
            ELSE NULL
          END > CAST(ROUND(
            ieee_divide(
              (
                (
                  `t8`.`t` - `t8`.`first_t`
                ) + 1209600000000
              ) - (
                MOD(
                  (
                    MOD((
                      `t8`.`t` - `t8`.`first_t`
                    ) + 1209600000000, 86400000000)
                  ) + 86400000000,
                  86400000000
                )
              ),
              86400000000
            ),
            0
          ) AS INT64)
        ),
        FALSE
      ) AS `unreached`
    FROM (
      SELECT
        `t7`.`user`,
        `t7`.`bucket`,
        `t7`.`t`,
        `t7`.`seq`,
        `t7`.`event`,
        `t7`.`mask`,
        `t7`.`macro`,
        `t7`.`value`,
        `t7`.`session`,
        `t7`.`opens`,
        `t7`.`away`,
        `t7`.`tie`,
        `t7`.`first_t`,
        `t7`.`macro_seq`,
        `t7`.`macro_t`,
        `t7`.`step`,
        `t7`.`covered`,
        0 + COALESCE(
          MAX(CAST(IF((
            `t7`.`mask` & 1
          ) <> 0, 1, 0) AS INT64)) OVER (
            PARTITION BY `t7`.`user`
            ORDER BY `t7`.`seq` ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
          ),
          0
        ) + COALESCE(
          MAX(CAST(IF((
            `t7`.`mask` & 2
          ) <> 0, 2, 0) AS INT64)) OVER (
            PARTITION BY `t7`.`user`
            ORDER BY `t7`.`seq` ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
          ),
          0
        ) + COALESCE(
          MAX(CAST(IF((
            `t7`.`mask` & 4
          ) <> 0, 4, 0) AS INT64)) OVER (
            PARTITION BY `t7`.`user`
            ORDER BY `t7`.`seq` ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
          ),
          0
        ) + COALESCE(
          MAX(CAST(IF((
            `t7`.`mask` & 8
          ) <> 0, 8, 0) AS INT64)) OVER (
            PARTITION BY `t7`.`user`
            ORDER BY `t7`.`seq` ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
          ),
          0
        ) AS `done_before`,
        MAX(IF(`t7`.`step` > 0, (
          `t7`.`seq` * 1024
        ) + `t7`.`step`, -1)) OVER (
          PARTITION BY `t7`.`user`
          ORDER BY `t7`.`seq` ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS `carried`,
        SUM(CAST(`t7`.`step` > 0 AS INT64)) OVER (
          PARTITION BY `t7`.`user`
          ORDER BY `t7`.`seq` ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS `count`,
        LAG(`t7`.`t`) OVER (PARTITION BY `t7`.`user` ORDER BY `t7`.`seq` ASC) AS `last_t`,
        LEAD(`t7`.`t`) OVER (PARTITION BY `t7`.`user` ORDER BY `t7`.`seq` ASC) AS `next_t`,
        LEAD(`t7`.`macro`) OVER (PARTITION BY `t7`.`user` ORDER BY `t7`.`seq` ASC) AS `next_macro`,
        MIN(IF(`t7`.`step` > 0, `t7`.`t`, NULL)) OVER (
          PARTITION BY `t7`.`user`
          ORDER BY `t7`.`seq` ASC
          ROWS BETWEEN 1 following AND UNBOUNDED FOLLOWING
        ) AS `ahead_t`,
        MOD(
          MIN(IF(`t7`.`step` > 0, (
            `t7`.`seq` * 1024
          ) + `t7`.`step`, NULL)) OVER (
            PARTITION BY `t7`.`user`
            ORDER BY `t7`.`seq` ASC
            ROWS BETWEEN 1 following AND UNBOUNDED FOLLOWING
          ),
          1024
        ) AS `ahead_step`
      FROM (
        SELECT
          `t6`.`user`,
          `t6`.`bucket`,
          `t6`.`t`,
          `t6`.`seq`,
          `t6`.`event`,
          `t6`.`mask`,
          `t6`.`macro`,
          `t6`.`value`,
          `t6`.`session`,
          `t6`.`opens`,
          `t6`.`away`,
          `t6`.`tie`,
          `t6`.`first_t`,
          `t6`.`macro_seq`,
          `t6`.`macro_t`,
          CAST(CASE
            WHEN `t6`.`macro` = 1
            THEN 3
            WHEN `t6`.`mask` = 1
            THEN 5
            WHEN `t6`.`mask` = 2
            THEN 6
            WHEN `t6`.`mask` = 4
            THEN 7
            WHEN `t6`.`mask` = 8
            THEN 8
            ELSE 0
          END AS INT64) AS `step`,
          (
            `t6`.`first_t` + 1209600000000
          ) <= (
            SELECT
              `t1`.`last_us`
            FROM `microlift_facts` AS `t1`
          ) AS `covered`
        FROM (
          SELECT
            `t2`.`user`,
            `t2`.`bucket`,
            `t2`.`t`,
            `t2`.`seq`,
            `t2`.`event`,
            `t2`.`mask`,
            `t2`.`macro`,
            `t2`.`value`,
            `t2`.`session`,
            `t2`.`opens`,
            `t2`.`away`,
            `t2`.`tie`,
            `t5`.`first_t`,
            `t5`.`macro_seq`,
            `t5`.`macro_t`
          FROM `microlift_events` AS `t2`
          INNER JOIN (
            SELECT
              `t0`.`user`,
              MIN(`t0`.`t`) AS `first_t`,
              MIN(IF(`t0`.`macro` = 1, `t0`.`seq`, NULL)) AS `macro_seq`,
              MIN(IF(`t0`.`macro` = 1, `t0`.`t`, NULL)) AS `macro_t`
            FROM `microlift_events` AS `t0`
            GROUP BY
              1
          ) AS `t5`
            ON `t2`.`user` = `t5`.`user`
        ) AS `t6`
        WHERE
          (
            `t6`.`macro_seq` IS NULL
          ) OR (
            `t6`.`seq` <= `t6`.`macro_seq`
          )
      ) AS `t7`
    ) AS `t8`
  ) AS `t9`
) AS `t10`;

-- moments by state
CREATE TABLE `microlift_cells` AS
SELECT
  `t49`.`at`,
  `t49`.`arrive`,
  `t49`.`recency`,
  `t49`.`depth`,
  `t49`.`tenure`,
  `t49`.`fresh`,
  `t49`.`done`,
  `t49`.`next`,
  `t49`.`bucket`,
  SUM(`t49`.`n`) AS `n`,
  SUM(`t49`.`n_mature`) AS `n_mature`,
  SUM(`t49`.`y`) AS `y`,
  SUM(`t49`.`n_lift`) AS `n_lift`,
  SUM(`t49`.`y_lift`) AS `y_lift`,
  SUM(`t49`.`n_cut`) AS `n_cut`
FROM (
  SELECT
    *
  FROM (
    SELECT
      `t47`.`at`,
      CAST(1 AS INT64) AS `arrive`,
      `t47`.`recency`,
      CAST(`t47`.`depth` AS INT64) AS `depth`,
      `t47`.`tenure`,
      0 AS `fresh`,
      `t47`.`done`,
      CAST(1 AS INT64) AS `next`,
      `t47`.`bucket`,
      (
        `t47`.`b` - `t47`.`a`
      ) + 1 AS `n`,
      GREATEST(
        0,
        (
          LEAST(
            `t47`.`b`,
            CAST(ROUND(
              ieee_divide(
                (
                  (
                    (
                      SELECT
                        `t1`.`last_us`
                      FROM `microlift_facts` AS `t1`
                    ) - 1209600000000
                  ) - `t47`.`first_t`
                ) - (
                  MOD(
                    (
                      MOD(
                        (
                          (
                            SELECT
                              `t1`.`last_us`
                            FROM `microlift_facts` AS `t1`
                          ) - 1209600000000
                        ) - `t47`.`first_t`,
                        86400000000
                      )
                    ) + 86400000000,
                    86400000000
                  )
                ),
                86400000000
              ),
              0
            ) AS INT64)
          ) - `t47`.`a`
        ) + 1
      ) AS `n_mature`,
      IF(
        `t47`.`macro_t` IS NULL,
        0,
        COALESCE(
          GREATEST(
            0,
            (
              LEAST(
                `t47`.`b`,
                CAST(ROUND(
                  ieee_divide(
                    (
                      (
                        (
                          SELECT
                            `t1`.`last_us`
                          FROM `microlift_facts` AS `t1`
                        ) - 1209600000000
                      ) - `t47`.`first_t`
                    ) - (
                      MOD(
                        (
                          MOD(
                            (
                              (
                                SELECT
                                  `t1`.`last_us`
                                FROM `microlift_facts` AS `t1`
                              ) - 1209600000000
                            ) - `t47`.`first_t`,
                            86400000000
                          )
                        ) + 86400000000,
                        86400000000
                      )
                    ),
                    86400000000
                  ),
                  0
                ) AS INT64)
              ) - GREATEST(
                `t47`.`a`,
                CAST(ROUND(
                  ieee_divide(
                    (
                      (
                        (
                          `t47`.`macro_t` - 1209600000000
                        ) - `t47`.`first_t`
                      ) + 86399999999
                    ) - (
                      MOD(
                        (
                          MOD(
                            (
                              (
                                `t47`.`macro_t` - 1209600000000
                              ) - `t47`.`first_t`
                            ) + 86399999999,
                            86400000000
                          )
                        ) + 86400000000,
                        86400000000
                      )
                    ),
                    86400000000
                  ),
                  0
                ) AS INT64)
              )
            ) + 1
          ),
          0
        )
      ) AS `y`,
      GREATEST(
        0,
        (
          LEAST(
            `t47`.`b`,
            CAST(ROUND(
              ieee_divide(
                (
                  (
                    (
                      SELECT
                        `t1`.`last_us`
                      FROM `microlift_facts` AS `t1`
                    ) - 1209600000000
                  ) - `t47`.`first_t`
                ) - (
                  MOD(
                    (
                      MOD(
                        (
                          (
                            SELECT
                              `t1`.`last_us`
                            FROM `microlift_facts` AS `t1`
                          ) - 1209600000000
                        ) - `t47`.`first_t`,
                        86400000000
                      )
                    ) + 86400000000,
                    86400000000
                  )
                ),
                86400000000
              ),
              0
            ) AS INT64) - 1
          ) - `t47`.`a`
        ) + 1
      ) AS `n_lift`,
      IF(
        `t47`.`macro_t` IS NULL,
        0,
        COALESCE(
          GREATEST(
            0,
            (
              LEAST(
                `t47`.`b`,
                CAST(ROUND(
                  ieee_divide(
                    (
                      (
                        (
                          SELECT
                            `t1`.`last_us`
                          FROM `microlift_facts` AS `t1`
                        ) - 1209600000000
                      ) - `t47`.`first_t`
                    ) - (
                      MOD(
                        (
                          MOD(
                            (
                              (
                                SELECT
                                  `t1`.`last_us`
                                FROM `microlift_facts` AS `t1`
                              ) - 1209600000000
                            ) - `t47`.`first_t`,
                            86400000000
                          )
                        ) + 86400000000,
                        86400000000
                      )
                    ),
                    86400000000
                  ),
                  0
                ) AS INT64) - 1
              ) - GREATEST(
                `t47`.`a`,
                CAST(ROUND(
                  ieee_divide(
                    (
                      (
                        (
                          `t47`.`macro_t` - 1209600000000
                        ) - `t47`.`first_t`
                      ) + 86399999999
                    ) - (
                      MOD(
                        (
                          MOD(
                            (
                              (
                                `t47`.`macro_t` - 1209600000000
                              ) - `t47`.`first_t`
                            ) + 86399999999,
                            86400000000
                          )
                        ) + 86400000000,
                        86400000000
                      )
                    ),
                    86400000000
                  ),
                  0
                ) AS INT64) - 1
              )
            ) + 1
          ),
          0
        )
      ) AS `y_lift`,
      0 AS `n_cut`
    FROM (
      SELECT
        `t43`.`user`,
        `t43`.`bucket`,
        `t43`.`t`,
        `t43`.`seq`,
        `t43`.`event`,
        `t43`.`mask`,
        `t43`.`macro`,
        `t43`.`value`,
        `t43`.`session`,
        `t43`.`opens`,
        `t43`.`away`,
        `t43`.`tie`,
        `t43`.`first_t`,
        `t43`.`macro_seq`,
        `t43`.`macro_t`,
        `t43`.`step`,
        `t43`.`covered`,
        `t43`.`done_before`,
        `t43`.`carried`,
        `t43`.`count`,
        `t43`.`last_t`,
        `t43`.`next_t`,
        `t43`.`next_macro`,
        `t43`.`ahead_t`,
        `t43`.`ahead_step`,
        `t43`.`k_own`,
        `t43`.`k_ahead`,
        `t43`.`k_first`,
        `t43`.`k_last`,
        `t43`.`stale`,
        `t43`.`unreached`,
        `t43`.`final`,
        `t43`.`ticks`,
        `t43`.`is_moment`,
        `t43`.`done`,
        `t43`.`at`,
        `t43`.`depth`,
        `t43`.`end_t`,
        `t43`.`recency`,
        `t43`.`recency_low`,
        `t43`.`recency_high`,
        `t43`.`tenure`,
        `t43`.`tenure_low`,
        `t43`.`tenure_high`,
        GREATEST(
          `t43`.`k_first`,
          CAST(ROUND(
            ieee_divide(
              (
                (
                  `t43`.`t` - `t43`.`first_t`
                ) + `t43`.`recency_low` + 86399999999
              ) - (
                MOD(
                  (
                    MOD((
                      `t43`.`t` - `t43`.`first_t`
                    ) + `t43`.`recency_low` + 86399999999, 86400000000)
                  ) + 86400000000,
                  86400000000
                )
              ),
              86400000000
            ),
            0
          ) AS INT64),
          CAST(ROUND(
            ieee_divide(
              (
                `t43`.`tenure_low` + 86399999999
              ) - (
                MOD(
                  (
                    MOD(`t43`.`tenure_low` + 86399999999, 86400000000)
                  ) + 86400000000,
                  86400000000
                )
              ),
              86400000000
            ),
            0
          ) AS INT64)
        ) AS `a`,
        LEAST(
          `t43`.`k_last` - 1,
          CAST(ROUND(
            ieee_divide(
              (
                (
                  `t43`.`t` - `t43`.`first_t`
                ) + `t43`.`recency_high` + 86399999999
              ) - (
                MOD(
                  (
                    MOD(
                      (
                        `t43`.`t` - `t43`.`first_t`
                      ) + `t43`.`recency_high` + 86399999999,
                      86400000000
                    )
                  ) + 86400000000,
                  86400000000
                )
              ),
              86400000000
            ),
            0
          ) AS INT64) - 1,
          CAST(ROUND(
            ieee_divide(
              (
                `t43`.`tenure_high` + 86399999999
              ) - (
                MOD(
                  (
                    MOD(`t43`.`tenure_high` + 86399999999, 86400000000)
                  ) + 86400000000,
                  86400000000
                )
              ),
              86400000000
            ),
            0
          ) AS INT64) - 1
        ) AS `b`
      FROM (
        SELECT
          `t35`.`user`,
          `t35`.`bucket`,
          `t35`.`t`,
          `t35`.`seq`,
          `t35`.`event`,
          `t35`.`mask`,
          `t35`.`macro`,
          `t35`.`value`,
          `t35`.`session`,
          `t35`.`opens`,
          `t35`.`away`,
          `t35`.`tie`,
          `t35`.`first_t`,
          `t35`.`macro_seq`,
          `t35`.`macro_t`,
          `t35`.`step`,
          `t35`.`covered`,
          `t35`.`done_before`,
          `t35`.`carried`,
          `t35`.`count`,
          `t35`.`last_t`,
          `t35`.`next_t`,
          `t35`.`next_macro`,
          `t35`.`ahead_t`,
          `t35`.`ahead_step`,
          `t35`.`k_own`,
          `t35`.`k_ahead`,
          `t35`.`k_first`,
          `t35`.`k_last`,
          `t35`.`stale`,
          `t35`.`unreached`,
          `t35`.`final`,
          `t35`.`ticks`,
          `t35`.`is_moment`,
          `t35`.`done`,
          `t35`.`at`,
          `t35`.`depth`,
          `t35`.`end_t`,
          `t42`.`recency`,
          `t42`.`recency_low`,
          `t42`.`recency_high`,
          `t42`.`tenure`,
          `t42`.`tenure_low`,
          `t42`.`tenure_high`
        FROM (
          SELECT
            *
          FROM `microlift_moments` AS `t0`
          WHERE
            `t0`.`covered` AND `t0`.`ticks` > 1
        ) AS `t35`
        CROSS JOIN (
          SELECT
            `t38`.`recency`,
            `t38`.`recency_low`,
            `t38`.`recency_high`,
            `t40`.`tenure`,
            `t40`.`tenure_low`,
            `t40`.`tenure_high`
          FROM (
            SELECT
              *
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  5 AS `recency`,
                  345600000000 AS `recency_low`,
                  604800000000 AS `recency_high`
              ) AS `t3`
              UNION ALL
              SELECT
                *
              FROM (
                SELECT
                  6 AS `recency`,
                  604800000000 AS `recency_low`,
                  1152921504606846976 AS `recency_high`
              ) AS `t4`
            ) AS `t21`
            UNION ALL
            SELECT
              *
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    1 AS `recency`,
                    0 AS `recency_low`,
                    21600000000 AS `recency_high`
                ) AS `t5`
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    2 AS `recency`,
                    21600000000 AS `recency_low`,
                    86400000000 AS `recency_high`
                ) AS `t6`
              ) AS `t22`
              UNION ALL
              SELECT
                *
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    3 AS `recency`,
                    86400000000 AS `recency_low`,
                    172800000000 AS `recency_high`
                ) AS `t7`
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    4 AS `recency`,
                    172800000000 AS `recency_low`,
                    345600000000 AS `recency_high`
                ) AS `t9`
              ) AS `t23`
            ) AS `t31`
          ) AS `t38`
          CROSS JOIN (
            SELECT
              *
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    8 AS `tenure`,
                    5184000000000 AS `tenure_low`,
                    7776000000000 AS `tenure_high`
                ) AS `t10`
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    9 AS `tenure`,
                    7776000000000 AS `tenure_low`,
                    10368000000000 AS `tenure_high`
                ) AS `t11`
              ) AS `t24`
              UNION ALL
              SELECT
                *
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    10 AS `tenure`,
                    10368000000000 AS `tenure_low`,
                    15552000000000 AS `tenure_high`
                ) AS `t12`
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    11 AS `tenure`,
                    15552000000000 AS `tenure_low`,
                    1152921504606846976 AS `tenure_high`
                ) AS `t13`
              ) AS `t25`
            ) AS `t32`
            UNION ALL
            SELECT
              *
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    *
                  FROM (
                    SELECT
                      0 AS `tenure`,
                      0 AS `tenure_low`,
                      86400000000 AS `tenure_high`
                  ) AS `t2`
                  UNION ALL
                  SELECT
                    *
                  FROM (
                    SELECT
                      1 AS `tenure`,
                      86400000000 AS `tenure_low`,
                      259200000000 AS `tenure_high`
                  ) AS `t15`
                ) AS `t26`
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    *
                  FROM (
                    SELECT
                      2 AS `tenure`,
                      259200000000 AS `tenure_low`,
                      604800000000 AS `tenure_high`
                  ) AS `t16`
                  UNION ALL
                  SELECT
                    *
                  FROM (
                    SELECT
                      3 AS `tenure`,
                      604800000000 AS `tenure_low`,
                      1209600000000 AS `tenure_high`
                  ) AS `t8`
                ) AS `t27`
              ) AS `t33`
              UNION ALL
              SELECT
                *
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    *
                  FROM (
                    SELECT
                      4 AS `tenure`,
                      1209600000000 AS `tenure_low`,
                      1814400000000 AS `tenure_high`
                  ) AS `t17`
                  UNION ALL
                  SELECT
                    *
                  FROM (
                    SELECT
                      5 AS `tenure`,
                      1814400000000 AS `tenure_low`,
                      2592000000000 AS `tenure_high`
                  ) AS `t18`
                ) AS `t28`
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    *
                  FROM (
                    SELECT
                      6 AS `tenure`,
                      2592000000000 AS `tenure_low`,
                      3888000000000 AS `tenure_high`
                  ) AS `t14`
                  UNION ALL
                  SELECT
                    *
                  FROM (
                    SELECT
                      7 AS `tenure`,
                      3888000000000 AS `tenure_low`,
                      5184000000000 AS `tenure_high`
                  ) AS `t19`
                ) AS `t29`
              ) AS `t34`
            ) AS `t37`
          ) AS `t40`
        ) AS `t42`
      ) AS `t43`
    ) AS `t47`
    WHERE
      `t47`.`a` <= `t47`.`b`
  ) AS `t48`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t0`.`at`,
        CAST(CASE
          WHEN `t0`.`last_t` IS NULL
          THEN 0
          WHEN `t0`.`stale` OR (
            `t0`.`step` = 0
          )
          THEN 1
          ELSE 2
        END AS INT64) AS `arrive`,
        CAST(IF(`t0`.`step` > 0, 0, 1) AS INT64) AS `recency`,
        CAST(`t0`.`depth` AS INT64) AS `depth`,
        CAST(CAST(CAST((
          `t0`.`t` - `t0`.`first_t`
        ) >= 86400000000 AS INT64) + CAST((
          `t0`.`t` - `t0`.`first_t`
        ) >= 259200000000 AS INT64) + CAST((
          `t0`.`t` - `t0`.`first_t`
        ) >= 604800000000 AS INT64) + CAST((
          `t0`.`t` - `t0`.`first_t`
        ) >= 1209600000000 AS INT64) + CAST((
          `t0`.`t` - `t0`.`first_t`
        ) >= 1814400000000 AS INT64) + CAST((
          `t0`.`t` - `t0`.`first_t`
        ) >= 2592000000000 AS INT64) + CAST((
          `t0`.`t` - `t0`.`first_t`
        ) >= 3888000000000 AS INT64) + CAST((
          `t0`.`t` - `t0`.`first_t`
        ) >= 5184000000000 AS INT64) + CAST((
          `t0`.`t` - `t0`.`first_t`
        ) >= 7776000000000 AS INT64) + CAST((
          `t0`.`t` - `t0`.`first_t`
        ) >= 10368000000000 AS INT64) + CAST((
          `t0`.`t` - `t0`.`first_t`
        ) >= 15552000000000 AS INT64) AS INT64) AS INT64) AS `tenure`,
        `t0`.`mask` & ~`t0`.`done_before` AS `fresh`,
        `t0`.`done`,
        CASE
          WHEN COALESCE(`t0`.`k_ahead` = `t0`.`k_own`, FALSE)
          THEN `t0`.`ahead_step`
          WHEN `t0`.`unreached` AND (
            `t0`.`ticks` = 0
          )
          THEN 4
          WHEN (
            `t0`.`ticks` = 0
          )
          AND (
            `t0`.`t` = `t0`.`end_t`
          )
          AND (
            (
              `t0`.`t` + 1209600000000
            ) <= (
              SELECT
                `t1`.`last_us`
              FROM `microlift_facts` AS `t1`
            )
          )
          THEN 0
          WHEN (
            `t0`.`ticks` = 0
          ) AND (
            `t0`.`t` = `t0`.`end_t`
          )
          THEN 2
          ELSE 1
        END AS `next`,
        `t0`.`bucket`,
        1 AS `n`,
        CAST((
          `t0`.`t` + 1209600000000
        ) <= (
          SELECT
            `t1`.`last_us`
          FROM `microlift_facts` AS `t1`
        ) AS INT64) AS `n_mature`,
        CAST((
          (
            `t0`.`t` + 1209600000000
          ) <= (
            SELECT
              `t1`.`last_us`
            FROM `microlift_facts` AS `t1`
          )
        )
        AND COALESCE(`t0`.`macro_t` <= (
          `t0`.`t` + 1209600000000
        ), FALSE) AS INT64) AS `y`,
        CAST((
          (
            `t0`.`first_t` + (
              (
                `t0`.`k_own` + 1
              ) * 86400000000
            ) + 1209600000000
          ) <= (
            SELECT
              `t1`.`last_us`
            FROM `microlift_facts` AS `t1`
          )
        )
        AND NOT (
          COALESCE(
            `t0`.`macro_t` <= (
              `t0`.`first_t` + (
                (
                  `t0`.`k_own` + 1
                ) * 86400000000
              )
            ),
            FALSE
          )
        ) AS INT64) AS `n_lift`,
        CAST((
          (
            `t0`.`first_t` + (
              (
                `t0`.`k_own` + 1
              ) * 86400000000
            ) + 1209600000000
          ) <= (
            SELECT
              `t1`.`last_us`
            FROM `microlift_facts` AS `t1`
          )
        )
        AND NOT (
          COALESCE(
            `t0`.`macro_t` <= (
              `t0`.`first_t` + (
                (
                  `t0`.`k_own` + 1
                ) * 86400000000
              )
            ),
            FALSE
          )
        )
        AND COALESCE(
          `t0`.`macro_t` <= (
            `t0`.`first_t` + (
              (
                `t0`.`k_own` + 1
              ) * 86400000000
            ) + 1209600000000
          ),
          FALSE
        ) AS INT64) AS `y_lift`,
        CAST((
          (
            `t0`.`first_t` + (
              (
                `t0`.`k_own` + 1
              ) * 86400000000
            ) + 1209600000000
          ) <= (
            SELECT
              `t1`.`last_us`
            FROM `microlift_facts` AS `t1`
          )
        )
        AND COALESCE(
          `t0`.`macro_t` <= (
            `t0`.`first_t` + (
              (
                `t0`.`k_own` + 1
              ) * 86400000000
            )
          ),
          FALSE
        ) AS INT64) AS `n_cut`
      FROM `microlift_moments` AS `t0`
      WHERE
        `t0`.`covered` AND `t0`.`is_moment`
    ) AS `t44`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        `t0`.`at`,
        CAST(1 AS INT64) AS `arrive`,
        CAST(CAST(CAST((
          (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            )
          ) - `t0`.`t`
        ) >= 0 AS INT64) + CAST((
          (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            )
          ) - `t0`.`t`
        ) >= 21600000000 AS INT64) + CAST((
          (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            )
          ) - `t0`.`t`
        ) >= 86400000000 AS INT64) + CAST((
          (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            )
          ) - `t0`.`t`
        ) >= 172800000000 AS INT64) + CAST((
          (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            )
          ) - `t0`.`t`
        ) >= 345600000000 AS INT64) + CAST((
          (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            )
          ) - `t0`.`t`
        ) >= 604800000000 AS INT64) AS INT64) AS INT64) AS `recency`,
        CAST(`t0`.`depth` AS INT64) AS `depth`,
        CAST(CAST(CAST((
          (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            )
          ) - `t0`.`first_t`
        ) >= 86400000000 AS INT64) + CAST((
          (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            )
          ) - `t0`.`first_t`
        ) >= 259200000000 AS INT64) + CAST((
          (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            )
          ) - `t0`.`first_t`
        ) >= 604800000000 AS INT64) + CAST((
          (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            )
          ) - `t0`.`first_t`
        ) >= 1209600000000 AS INT64) + CAST((
          (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            )
          ) - `t0`.`first_t`
        ) >= 1814400000000 AS INT64) + CAST((
          (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            )
          ) - `t0`.`first_t`
        ) >= 2592000000000 AS INT64) + CAST((
          (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            )
          ) - `t0`.`first_t`
        ) >= 3888000000000 AS INT64) + CAST((
          (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            )
          ) - `t0`.`first_t`
        ) >= 5184000000000 AS INT64) + CAST((
          (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            )
          ) - `t0`.`first_t`
        ) >= 7776000000000 AS INT64) + CAST((
          (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            )
          ) - `t0`.`first_t`
        ) >= 10368000000000 AS INT64) + CAST((
          (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            )
          ) - `t0`.`first_t`
        ) >= 15552000000000 AS INT64) AS INT64) AS INT64) AS `tenure`,
        0 AS `fresh`,
        `t0`.`done`,
        CASE
          WHEN COALESCE(`t0`.`k_ahead` = `t0`.`k_last`, FALSE)
          THEN `t0`.`ahead_step`
          WHEN `t0`.`unreached`
          THEN 4
          WHEN (
            (
              `t0`.`first_t` + (
                `t0`.`k_last` * 86400000000
              )
            ) = `t0`.`end_t`
          )
          AND (
            (
              `t0`.`first_t` + (
                `t0`.`k_last` * 86400000000
              ) + 1209600000000
            ) <= (
              SELECT
                `t1`.`last_us`
              FROM `microlift_facts` AS `t1`
            )
          )
          THEN 0
          WHEN (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            )
          ) = `t0`.`end_t`
          THEN 2
          ELSE 1
        END AS `next`,
        `t0`.`bucket`,
        1 AS `n`,
        CAST((
          `t0`.`first_t` + (
            `t0`.`k_last` * 86400000000
          ) + 1209600000000
        ) <= (
          SELECT
            `t1`.`last_us`
          FROM `microlift_facts` AS `t1`
        ) AS INT64) AS `n_mature`,
        CAST((
          (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            ) + 1209600000000
          ) <= (
            SELECT
              `t1`.`last_us`
            FROM `microlift_facts` AS `t1`
          )
        )
        AND COALESCE(
          `t0`.`macro_t` <= (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            ) + 1209600000000
          ),
          FALSE
        ) AS INT64) AS `y`,
        CAST((
          (
            `t0`.`first_t` + (
              (
                `t0`.`k_last` + 1
              ) * 86400000000
            ) + 1209600000000
          ) <= (
            SELECT
              `t1`.`last_us`
            FROM `microlift_facts` AS `t1`
          )
        )
        AND NOT (
          COALESCE(
            `t0`.`macro_t` <= (
              `t0`.`first_t` + (
                (
                  `t0`.`k_last` + 1
                ) * 86400000000
              )
            ),
            FALSE
          )
        ) AS INT64) AS `n_lift`,
        CAST((
          (
            `t0`.`first_t` + (
              (
                `t0`.`k_last` + 1
              ) * 86400000000
            ) + 1209600000000
          ) <= (
            SELECT
              `t1`.`last_us`
            FROM `microlift_facts` AS `t1`
          )
        )
        AND NOT (
          COALESCE(
            `t0`.`macro_t` <= (
              `t0`.`first_t` + (
                (
                  `t0`.`k_last` + 1
                ) * 86400000000
              )
            ),
            FALSE
          )
        )
        AND COALESCE(
          `t0`.`macro_t` <= (
            `t0`.`first_t` + (
              (
                `t0`.`k_last` + 1
              ) * 86400000000
            ) + 1209600000000
          ),
          FALSE
        ) AS INT64) AS `y_lift`,
        CAST((
          (
            `t0`.`first_t` + (
              (
                `t0`.`k_last` + 1
              ) * 86400000000
            ) + 1209600000000
          ) <= (
            SELECT
              `t1`.`last_us`
            FROM `microlift_facts` AS `t1`
          )
        )
        AND COALESCE(
          `t0`.`macro_t` <= (
            `t0`.`first_t` + (
              (
                `t0`.`k_last` + 1
              ) * 86400000000
            )
          ),
          FALSE
        ) AS INT64) AS `n_cut`
      FROM `microlift_moments` AS `t0`
      WHERE
        `t0`.`covered` AND `t0`.`ticks` > 0
    ) AS `t45`
  ) AS `t46`
) AS `t49`
GROUP BY
  1,
  2,
  3,
  4,
  5,
  6,
  7,
  8,
  9;

-- all counts, as `lift --cells` reads them
CREATE TABLE `microlift_result` AS
WITH `t39` AS (
  SELECT
    COUNT(DISTINCT IF(`t3`.`covered`, `t3`.`user`, NULL)) AS `covered`,
    SUM(CAST((
      `t3`.`macro` = 1
    ) AND `t3`.`covered` AS INT64)) AS `macros`,
    SUM(IF((
      `t3`.`macro` = 1
    ) AND `t3`.`covered`, `t3`.`value`, 0)) AS `revenue`,
    SUM(CAST(`t3`.`macro` = 1 AS INT64)) AS `all_macro_users`
  FROM `microlift_moments` AS `t3`
)
SELECT
  *
FROM (
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          'total' AS `part`,
          'revenue' AS `name`,
          CAST(NULL AS INT64) AS `mask`,
          CAST(NULL AS INT64) AS `flag`,
          CAST(NULL AS INT64) AS `code`,
          CAST(NULL AS INT64) AS `at`,
          CAST(NULL AS INT64) AS `arrive`,
          CAST(NULL AS INT64) AS `recency`,
          CAST(NULL AS INT64) AS `depth`,
          CAST(NULL AS INT64) AS `tenure`,
          CAST(NULL AS INT64) AS `fresh`,
          CAST(NULL AS INT64) AS `done`,
          CAST(NULL AS INT64) AS `next`,
          CAST(NULL AS INT64) AS `bucket`,
          COALESCE(`t44`.`revenue`, 0) AS `n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM `t39` AS `t44`
      ) AS `t50`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          'total' AS `part`,
          'all_macro_users' AS `name`,
          CAST(NULL AS INT64) AS `mask`,
          CAST(NULL AS INT64) AS `flag`,
          CAST(NULL AS INT64) AS `code`,
          CAST(NULL AS INT64) AS `at`,
          CAST(NULL AS INT64) AS `arrive`,
          CAST(NULL AS INT64) AS `recency`,
          CAST(NULL AS INT64) AS `depth`,
          CAST(NULL AS INT64) AS `tenure`,
          CAST(NULL AS INT64) AS `fresh`,
          CAST(NULL AS INT64) AS `done`,
          CAST(NULL AS INT64) AS `next`,
          CAST(NULL AS INT64) AS `bucket`,
          COALESCE(`t44`.`all_macro_users`, 0) AS `n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM `t39` AS `t44`
      ) AS `t51`
    ) AS `t55`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          'macro_visits' AS `part`,
          CAST(NULL AS STRING) AS `name`,
          `t71`.`mask`,
          CAST(NULL AS INT64) AS `flag`,
          CAST(NULL AS INT64) AS `code`,
          CAST(NULL AS INT64) AS `at`,
          CAST(NULL AS INT64) AS `arrive`,
          CAST(NULL AS INT64) AS `recency`,
          CAST(NULL AS INT64) AS `depth`,
          CAST(NULL AS INT64) AS `tenure`,
          CAST(NULL AS INT64) AS `fresh`,
          CAST(NULL AS INT64) AS `done`,
          CAST(NULL AS INT64) AS `next`,
          CAST(NULL AS INT64) AS `bucket`,
          `t71`.`n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM (
          SELECT
            `t69`.`mask`,
            COUNT(*) AS `n`
          FROM (
            SELECT
              `t58`.`user`,
              MAX(
                CAST(IF((
                  `t58`.`mask` & 1
                ) <> 0, 1, IF(`t58`.`mask` IS NULL, NULL, 0)) AS INT64)
              ) + MAX(
                CAST(IF((
                  `t58`.`mask` & 2
                ) <> 0, 2, IF(`t58`.`mask` IS NULL, NULL, 0)) AS INT64)
              ) + MAX(
                CAST(IF((
                  `t58`.`mask` & 4
                ) <> 0, 4, IF(`t58`.`mask` IS NULL, NULL, 0)) AS INT64)
              ) + MAX(
                CAST(IF((
                  `t58`.`mask` & 8
                ) <> 0, 8, IF(`t58`.`mask` IS NULL, NULL, 0)) AS INT64)
              ) + MAX(
                CAST(IF((
                  `t58`.`mask` & 16
                ) <> 0, 16, IF(`t58`.`mask` IS NULL, NULL, 0)) AS INT64)
              ) AS `mask`
            FROM (
              SELECT
                `t6`.`user`,
                `t6`.`bucket`,
                `t6`.`t`,
                `t6`.`seq`,
                `t6`.`event`,
                `t6`.`mask`,
                `t6`.`macro`,
                `t6`.`value`,
                `t6`.`session`,
                `t6`.`opens`,
                `t6`.`away`,
                `t6`.`tie`
              FROM `microlift_events` AS `t6`
              INNER JOIN (
                SELECT
                  `t30`.`user`,
                  MIN(`t30`.`session`) AS `session`
                FROM (
                  SELECT
                    *
                  FROM `microlift_events` AS `t4`
                  WHERE
                    `t4`.`macro` = 1
                ) AS `t30`
                GROUP BY
                  1
              ) AS `t45`
                ON `t6`.`user` = `t45`.`user` AND `t6`.`session` = `t45`.`session`
            ) AS `t58`
            GROUP BY
              1
          ) AS `t69`
          GROUP BY
            1
        ) AS `t71`
      ) AS `t73`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          'rule' AS `part`,
          'all' AS `name`,
          CAST(NULL AS INT64) AS `mask`,
          CAST(NULL AS INT64) AS `flag`,
          2 AS `code`,
          CAST(NULL AS INT64) AS `at`,
          CAST(NULL AS INT64) AS `arrive`,
          CAST(NULL AS INT64) AS `recency`,
          CAST(NULL AS INT64) AS `depth`,
          CAST(NULL AS INT64) AS `tenure`,
          CAST(NULL AS INT64) AS `fresh`,
          CAST(NULL AS INT64) AS `done`,
          CAST(NULL AS INT64) AS `next`,
          CAST(NULL AS INT64) AS `bucket`,
          `t0`.`all2` AS `n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM `microlift_unknown` AS `t0`
      ) AS `t7`
    ) AS `t75`
  ) AS `t77`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          'rule' AS `part`,
          'unknown' AS `name`,
          CAST(NULL AS INT64) AS `mask`,
          CAST(NULL AS INT64) AS `flag`,
          2 AS `code`,
          CAST(NULL AS INT64) AS `at`,
          CAST(NULL AS INT64) AS `arrive`,
          CAST(NULL AS INT64) AS `recency`,
          CAST(NULL AS INT64) AS `depth`,
          CAST(NULL AS INT64) AS `tenure`,
          CAST(NULL AS INT64) AS `fresh`,
          CAST(NULL AS INT64) AS `done`,
          CAST(NULL AS INT64) AS `next`,
          CAST(NULL AS INT64) AS `bucket`,
          `t0`.`unknown2` AS `n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM `microlift_unknown` AS `t0`
      ) AS `t8`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          'cell' AS `part`,
          CAST(NULL AS STRING) AS `name`,
          CAST(NULL AS INT64) AS `mask`,
          CAST(NULL AS INT64) AS `flag`,
          CAST(NULL AS INT64) AS `code`,
          `t1`.`at`,
          `t1`.`arrive`,
          `t1`.`recency`,
          `t1`.`depth`,
          `t1`.`tenure`,
          `t1`.`fresh`,
          `t1`.`done`,
          `t1`.`next`,
          `t1`.`bucket`,
          `t1`.`n`,
          `t1`.`n_mature`,
          `t1`.`y`,
          `t1`.`n_lift`,
          `t1`.`y_lift`,
          `t1`.`n_cut`
        FROM `microlift_cells` AS `t1`
      ) AS `t9`
    ) AS `t22`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            'about' AS `part`,
            'fbf7d52bf461b4b3' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            1 AS `flag`,
            `t31`.`code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t31`.`n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM (
            SELECT
              COUNT(*) AS `code`,
              COALESCE(SUM(`t1`.`n`), 0) AS `n`
            FROM `microlift_cells` AS `t1`
          ) AS `t31`
        ) AS `t38`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            'fact' AS `part`,
            'users' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t2`.`users` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t2`
        ) AS `t10`
      ) AS `t42`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            'fact' AS `part`,
            'events' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t2`.`events` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t2`
        ) AS `t11`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            'fact' AS `part`,
            'sessions' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t2`.`sessions` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t2`
        ) AS `t12`
      ) AS `t23`
    ) AS `t46`
  ) AS `t47`
) AS `t79`
UNION ALL
SELECT
  *
FROM (
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            'fact' AS `part`,
            'empty' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t2`.`empty` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t2`
        ) AS `t13`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            'fact' AS `part`,
            'first_us' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t2`.`first_us` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t2`
        ) AS `t14`
      ) AS `t24`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            'fact' AS `part`,
            'last_us' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t2`.`last_us` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t2`
        ) AS `t15`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            'fact' AS `part`,
            'macros' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t2`.`macros` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t2`
        ) AS `t16`
      ) AS `t25`
    ) AS `t32`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            'fact' AS `part`,
            'value' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t2`.`value` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t2`
        ) AS `t17`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            'fact' AS `part`,
            'missing' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t2`.`missing` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t2`
        ) AS `t18`
      ) AS `t26`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            'fact' AS `part`,
            'negative' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t2`.`negative` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t2`
        ) AS `t19`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            'fact' AS `part`,
            'starts' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t2`.`starts` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t2`
        ) AS `t20`
      ) AS `t27`
    ) AS `t33`
  ) AS `t35`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            'row' AS `part`,
            `t72`.`name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t72`.`n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM (
            SELECT
              `t70`.`name`,
              COUNT(*) AS `n`
            FROM (
              SELECT
                CASE
                  WHEN (
                    `t66`.`user` = ''
                  ) AND (
                    `t66`.`event` = ''
                  ) AND NOT (
                    `t66`.`timed`
                  )
                  THEN 'unreadable row'
                  WHEN `t66`.`user` = ''
                  THEN 'no user'
                  WHEN NOT (
                    `t66`.`timed`
                  )
                  THEN 'no time'
                  WHEN `t66`.`t` IS NULL
                  THEN 'unreadable time'
                  WHEN `t66`.`event` = ''
                  THEN 'no event'
                  ELSE ''
                END AS `name`
              FROM (
                SELECT
                  `t65`.*
                  EXCEPT (`number`)
                FROM (
                  SELECT
                    `t49`.`user`,
                    `t49`.`event`,
                    `t49`.`t`,
                    `t49`.`timed`,
                    `t49`.`mask`,
                    `t49`.`macro`,
                    `t49`.`number`,
                    `t49`.`known`,
                    CAST(CASE
                      WHEN `t49`.`macro` = 1
                      THEN 31
                      WHEN (
                        `t49`.`mask` & 1
                      ) <> 0
                      THEN 1
                      WHEN (
                        `t49`.`mask` & 2
                      ) <> 0
                      THEN 2
                      WHEN (
                        `t49`.`mask` & 4
                      ) <> 0
                      THEN 3
                      WHEN (
                        `t49`.`mask` & 8
                      ) <> 0
                      THEN 4
                      ELSE 0
                    END AS INT64) AS `rank`,
                    IF((
                      `t49`.`known` = 1
                    ) AND (
                      `t49`.`number` <> 0.0
                    ), `t49`.`number`, 0.0) AS `v`
                  FROM (
                    SELECT
                      COALESCE(`t5`.`user_id`, '') AS `user`,
                      COALESCE(`t5`.`event`, '') AS `event`,
                      IF(
                        (
                          UNIX_MICROS(`t5`.`timestamp`) >= -5364662400000000
                        )
                        AND (
                          UNIX_MICROS(`t5`.`timestamp`) < 7258118400000000
                        ),
                        UNIX_MICROS(`t5`.`timestamp`),
                        CAST(NULL AS INT64)
                      ) AS `t`,
                      `t5`.`timestamp` IS NOT NULL AS `timed`,
                      0 + CAST(IF(COALESCE(`t5`.`event` IN ('page_view'), FALSE), 1, 0) AS INT64) + CAST(IF(COALESCE(`t5`.`event` IN ('form_start'), FALSE), 4, 0) AS INT64) + CAST(IF(COALESCE(`t5`.`event` IN ('trial'), FALSE), 8, 0) AS INT64) AS `mask`,
                      CAST(COALESCE(`t5`.`event` IN ('purchase'), FALSE) AS INT64) AS `macro`,
                      0.0 AS `number`,
                      CAST(COALESCE(
                        (
                          0.0 IS NOT NULL
                        )
                        AND NOT (
                          IS_NAN(0.0)
                        )
                        AND (
                          ABS(0.0) < 1000000000000000.0
                        ),
                        FALSE
                      ) AS INT64) AS `known`
                    FROM `shop`.`web`.`events` AS `t5`
                  ) AS `t49`
                ) AS `t65`
              ) AS `t66`
            ) AS `t70`
            GROUP BY
              1
          ) AS `t72`
        ) AS `t74`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            'event' AS `part`,
            `t54`.`name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            `t54`.`code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t54`.`n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM (
            SELECT
              `t37`.`name`,
              `t37`.`n`,
              ROW_NUMBER() OVER (ORDER BY `t37`.`n` DESC, `t37`.`name` ASC) - 1 AS `code`
            FROM (
              SELECT
                `t29`.`event` AS `name`,
                COUNT(*) AS `n`
              FROM (
                SELECT
                  *
                FROM `microlift_events` AS `t4`
                WHERE
                  `t4`.`event` <> ''
              ) AS `t29`
              GROUP BY
                1
            ) AS `t37`
          ) AS `t54`
          WHERE
            (
              `t54`.`code` < 50
            )
            OR `t54`.`name` IN ('form_start', 'form_submit', 'page_view', 'purchase', 'trial')
        ) AS `t62`
      ) AS `t76`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            'mask' AS `part`,
            CAST(NULL AS STRING) AS `name`,
            `t21`.`mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t21`.`n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM (
            SELECT
              `t4`.`mask`,
              COUNT(*) AS `n`
            FROM `microlift_events` AS `t4`
            GROUP BY
              1
          ) AS `t21`
        ) AS `t34`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            'doers' AS `part`,
            CAST(NULL AS STRING) AS `name`,
            `t63`.`mask`,
            `t63`.`flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t63`.`n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM (
            SELECT
              `t59`.`mask`,
              `t59`.`flag`,
              COUNT(*) AS `n`
            FROM (
              SELECT
                `t3`.`user`,
                MAX(
                  CAST(IF(
                    (
                      IF(`t3`.`macro` = 1, 0, `t3`.`mask`) & 1
                    ) <> 0,
                    1,
                    IF(IF(`t3`.`macro` = 1, 0, `t3`.`mask`) IS NULL, NULL, 0)
                  ) AS INT64)
                ) + MAX(
                  CAST(IF(
                    (
                      IF(`t3`.`macro` = 1, 0, `t3`.`mask`) & 2
                    ) <> 0,
                    2,
                    IF(IF(`t3`.`macro` = 1, 0, `t3`.`mask`) IS NULL, NULL, 0)
                  ) AS INT64)
                ) + MAX(
                  CAST(IF(
                    (
                      IF(`t3`.`macro` = 1, 0, `t3`.`mask`) & 4
                    ) <> 0,
                    4,
                    IF(IF(`t3`.`macro` = 1, 0, `t3`.`mask`) IS NULL, NULL, 0)
                  ) AS INT64)
                ) + MAX(
                  CAST(IF(
                    (
                      IF(`t3`.`macro` = 1, 0, `t3`.`mask`) & 8
                    ) <> 0,
                    8,
                    IF(IF(`t3`.`macro` = 1, 0, `t3`.`mask`) IS NULL, NULL, 0)
                  ) AS INT64)
                ) + MAX(
                  CAST(IF(
                    (
                      IF(`t3`.`macro` = 1, 0, `t3`.`mask`) & 16
                    ) <> 0,
                    16,
                    IF(IF(`t3`.`macro` = 1, 0, `t3`.`mask`) IS NULL, NULL, 0)
                  ) AS INT64)
                ) AS `mask`,
                MAX(`t3`.`macro`) AS `flag`
              FROM `microlift_moments` AS `t3`
              GROUP BY
                1
            ) AS `t59`
            GROUP BY
              1,
              2
          ) AS `t63`
        ) AS `t67`
      ) AS `t68`
    ) AS `t78`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            'occurrences' AS `part`,
            CAST(NULL AS STRING) AS `name`,
            `t36`.`mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t36`.`n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM (
            SELECT
              `t28`.`mask`,
              COUNT(*) AS `n`
            FROM (
              SELECT
                *
              FROM `microlift_moments` AS `t3`
              WHERE
                `t3`.`macro` = 0
            ) AS `t28`
            GROUP BY
              1
          ) AS `t36`
        ) AS `t43`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            'firsts' AS `part`,
            CAST(NULL AS STRING) AS `name`,
            `t57`.`mask`,
            `t57`.`flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t57`.`n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM (
            SELECT
              `t48`.`mask`,
              `t48`.`flag`,
              COUNT(*) AS `n`
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  `t3`.`mask` - (
                    `t3`.`mask` & `t3`.`done_before`
                  ) AS `mask`,
                  CAST((
                    (
                      `t3`.`t` = `t3`.`macro_t`
                    ) AND (
                      `t3`.`tie` = 1
                    )
                  )
                  OR (
                    `t3`.`macro` = 1
                  ) AS INT64) AS `flag`
                FROM `microlift_moments` AS `t3`
                WHERE
                  `t3`.`covered`
                  AND `t3`.`mask` <> 0
                  AND `t3`.`macro_t` IS NOT NULL
                  AND `t3`.`macro_t` <= (
                    `t3`.`t` + 1209600000000
                  )
              ) AS `t40`
              WHERE
                `t40`.`mask` <> 0
            ) AS `t48`
            GROUP BY
              1,
              2
          ) AS `t57`
        ) AS `t60`
      ) AS `t61`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            'total' AS `part`,
            'covered' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            COALESCE(`t44`.`covered`, 0) AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `t39` AS `t44`
        ) AS `t52`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            'total' AS `part`,
            'macros' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            COALESCE(`t44`.`macros`, 0) AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `t39` AS `t44`
        ) AS `t53`
      ) AS `t56`
    ) AS `t64`
  ) AS `t80`
) AS `t81`;
