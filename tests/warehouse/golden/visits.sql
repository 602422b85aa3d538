-- microlift: from the events in shop.web.events to the cells of plan 8c8cac0f89671db4
-- (layout 1, bigquery). The last table, exported as Parquet, is what
-- `microlift lift --cells` reads. Columns are taken to be of these types:
--   uid: string
--   ts: timestamp('UTC')
--   name: string
--   channel: string
--   revenue: float64
--   percent: float64

-- valid rows, each once
CREATE TABLE `microlift_rows` AS
SELECT
  `t6`.`user`,
  `t6`.`event`,
  `t6`.`t`,
  `t6`.`mask`,
  `t6`.`macro`,
  `t6`.`known`,
  `t6`.`x0`,
  `t6`.`o0`,
  `t6`.`rank`,
  `t6`.`v`,
  MOD(
    (
      (
        INSTR(
          '0123456789abcdef',
          SUBSTRING(
            LOWER(TO_HEX(MD5(CAST(`t6`.`user` AS BYTES)))),
            IF(
              (
                0 + 1
              ) >= 1,
              0 + 1,
              0 + 1 + LENGTH(LOWER(TO_HEX(MD5(CAST(`t6`.`user` AS BYTES)))))
            ),
            1
          )
        ) - 1
      ) * 16
    ) + (
      INSTR(
        '0123456789abcdef',
        SUBSTRING(
          LOWER(TO_HEX(MD5(CAST(`t6`.`user` AS BYTES)))),
          IF(
            (
              1 + 1
            ) >= 1,
            1 + 1,
            1 + 1 + LENGTH(LOWER(TO_HEX(MD5(CAST(`t6`.`user` AS BYTES)))))
          ),
          1
        )
      ) - 1
    ),
    128
  ) AS `bucket`,
  IF(
    `t6`.`macro` = 1,
    CAST(CAST(ROUND(CAST(`t6`.`v` AS NUMERIC) * 100, 0) AS NUMERIC) AS INT64),
    0
  ) AS `value`
FROM (
  SELECT DISTINCT
    *
  FROM (
    SELECT
      `t4`.*
      EXCEPT (`timed`)
    FROM (
      SELECT
        *
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
            `t1`.`x0`,
            `t1`.`o0`,
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
              ELSE 0
            END AS INT64) AS `rank`,
            IF((
              `t1`.`known` = 1
            ) AND (
              `t1`.`number` <> 0.0
            ), `t1`.`number`, 0.0) AS `v`
          FROM (
            SELECT
              COALESCE(`t0`.`uid`, '') AS `user`,
              COALESCE(`t0`.`name`, '') AS `event`,
              IF(
                (
                  UNIX_MICROS(`t0`.`ts`) >= -5364662400000000
                )
                AND (
                  UNIX_MICROS(`t0`.`ts`) < 7258118400000000
                ),
                UNIX_MICROS(`t0`.`ts`),
                CAST(NULL AS INT64)
              ) AS `t`,
              `t0`.`ts` IS NOT NULL AS `timed`,
              0 + CAST(IF(COALESCE(`t0`.`name` IN ('view_item'), FALSE), 1, 0) AS INT64) + CAST(IF(
                COALESCE(`t0`.`name` IN ('scroll'), FALSE)
                AND COALESCE(IF(IS_NAN(`t0`.`percent`), NULL, `t0`.`percent`) >= 75, FALSE),
                2,
                0
              ) AS INT64) AS `mask`,
              CAST(COALESCE(`t0`.`name` IN ('purchase'), FALSE) AS INT64) AS `macro`,
              `t0`.`revenue` AS `number`,
              CAST(COALESCE(
                (
                  `t0`.`revenue` IS NOT NULL
                )
                AND NOT (
                  IS_NAN(`t0`.`revenue`)
                )
                AND (
                  ABS(`t0`.`revenue`) < 1000000000000000.0
                ),
                FALSE
              ) AS INT64) AS `known`,
              COALESCE(`t0`.`channel`, '') AS `x0`,
              `t0`.`percent` AS `o0`
            FROM `shop`.`web`.`events` AS `t0`
          ) AS `t1`
        ) AS `t2`
      ) AS `t3`
      WHERE
        `t3`.`user` <> '' AND `t3`.`t` IS NOT NULL AND `t3`.`event` <> ''
    ) AS `t4`
  ) AS `t5`
) AS `t6`;

-- labels of attributes, numbered
CREATE TABLE `microlift_labels` AS
SELECT
  0 AS `attr`,
  `t6`.`label`,
  `t6`.`code`
FROM (
  SELECT
    `t5`.`label`,
    ROW_NUMBER() OVER (ORDER BY `t5`.`n` DESC, `t5`.`label` ASC) - 1 AS `code`
  FROM (
    SELECT
      `t4`.`x0` AS `label`,
      COUNT(*) AS `n`
    FROM (
      SELECT
        *
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
            `t1`.`x0`,
            `t1`.`o0`,
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
              ELSE 0
            END AS INT64) AS `rank`,
            IF((
              `t1`.`known` = 1
            ) AND (
              `t1`.`number` <> 0.0
            ), `t1`.`number`, 0.0) AS `v`
          FROM (
            SELECT
              COALESCE(`t0`.`uid`, '') AS `user`,
              COALESCE(`t0`.`name`, '') AS `event`,
              IF(
                (
                  UNIX_MICROS(`t0`.`ts`) >= -5364662400000000
                )
                AND (
                  UNIX_MICROS(`t0`.`ts`) < 7258118400000000
                ),
                UNIX_MICROS(`t0`.`ts`),
                CAST(NULL AS INT64)
              ) AS `t`,
              `t0`.`ts` IS NOT NULL AS `timed`,
              0 + CAST(IF(COALESCE(`t0`.`name` IN ('view_item'), FALSE), 1, 0) AS INT64) + CAST(IF(
                COALESCE(`t0`.`name` IN ('scroll'), FALSE)
                AND COALESCE(IF(IS_NAN(`t0`.`percent`), NULL, `t0`.`percent`) >= 75, FALSE),
                2,
                0
              ) AS INT64) AS `mask`,
              CAST(COALESCE(`t0`.`name` IN ('purchase'), FALSE) AS INT64) AS `macro`,
              `t0`.`revenue` AS `number`,
              CAST(COALESCE(
                (
                  `t0`.`revenue` IS NOT NULL
                )
                AND NOT (
                  IS_NAN(`t0`.`revenue`)
                )
                AND (
                  ABS(`t0`.`revenue`) < 1000000000000000.0
                ),
                FALSE
              ) AS INT64) AS `known`,
              COALESCE(`t0`.`channel`, '') AS `x0`,
              `t0`.`percent` AS `o0`
            FROM `shop`.`web`.`events` AS `t0`
          ) AS `t1`
        ) AS `t2`
      ) AS `t3`
      WHERE
        `t3`.`event` <> '' AND `t3`.`x0` <> ''
    ) AS `t4`
    GROUP BY
      1
  ) AS `t5`
) AS `t6`
WHERE
  `t6`.`code` < 511;

-- first touch of each user
CREATE TABLE `microlift_users` AS
WITH `t6` AS (
  SELECT
    `t0`.`user`,
    MIN(`t0`.`t`) AS `begin`,
    MIN(IF((
      `t0`.`mask` <> 0
    ) OR (
      `t0`.`macro` = 1
    ), `t0`.`t`, NULL)) AS `planned`,
    MIN(IF(`t0`.`macro` = 1, `t0`.`t`, NULL)) AS `bought`
  FROM `microlift_rows` AS `t0`
  GROUP BY
    1
)
SELECT
  `t11`.`user`,
  `t11`.`straight`,
  COALESCE(`t16`.`f0`, -1) AS `f0`
FROM (
  SELECT
    `t7`.`user`,
    CAST(COALESCE(`t7`.`bought` = `t7`.`begin`, FALSE) AS INT64) AS `straight`
  FROM `t6` AS `t7`
) AS `t11`
LEFT OUTER JOIN (
  SELECT
    `t8`.`user`,
    IF(
      (
        `t14`.`at` = `t8`.`begin`
      )
      OR (
        (
          `t14`.`at` <= (
            `t8`.`begin` + 1800000000
          )
        )
        AND (
          (
            `t14`.`at` < `t8`.`planned`
          ) OR (
            `t8`.`planned` IS NULL
          )
        )
      ),
      `t14`.`code`,
      `t14`.`code` + 512
    ) AS `f0`
  FROM `t6` AS `t8`
  INNER JOIN (
    SELECT
      `t12`.`user`,
      `t12`.`t` AS `at`,
      `t12`.`code`
    FROM (
      SELECT
        `t9`.`user`,
        `t9`.`t`,
        `t9`.`code`,
        ROW_NUMBER() OVER (PARTITION BY `t9`.`user` ORDER BY `t9`.`t` ASC, `t9`.`code` ASC) - 1 AS `place`
      FROM (
        SELECT
          `t4`.`user`,
          `t4`.`t`,
          COALESCE(`t5`.`code`, 511) AS `code`
        FROM (
          SELECT
            `t0`.`user`,
            `t0`.`t`,
            `t0`.`x0` AS `label`
          FROM `microlift_rows` AS `t0`
          WHERE
            `t0`.`x0` <> ''
        ) AS `t4`
        LEFT OUTER JOIN (
          SELECT
            `t1`.`label`,
            `t1`.`code`
          FROM `microlift_labels` AS `t1`
          WHERE
            `t1`.`attr` = 0
        ) AS `t5`
          ON `t4`.`label` = `t5`.`label`
      ) AS `t9`
    ) AS `t12`
    WHERE
      `t12`.`place` = 0
  ) AS `t14`
    ON `t8`.`user` = `t14`.`user`
) AS `t16`
  ON `t11`.`user` = `t16`.`user`;

-- places of labels by users
CREATE TABLE `microlift_places` AS
SELECT
  `t13`.`attr`,
  `t13`.`found`,
  `t13`.`straight`,
  `t13`.`n`,
  `t13`.`label`,
  CASE
    WHEN `t13`.`label` = '(none)'
    THEN 13
    WHEN (
      `t13`.`plain` = 1
    ) AND (
      `t13`.`rank` < 12
    )
    THEN `t13`.`rank`
    ELSE 12
  END AS `place`,
  CAST(CASE WHEN `t13`.`code` >= 0 THEN 0 WHEN `t13`.`found` >= 0 THEN 1 ELSE 2 END AS INT64) AS `late`
FROM (
  SELECT
    `t12`.`found`,
    `t12`.`straight`,
    `t12`.`n`,
    `t12`.`attr`,
    `t12`.`code`,
    `t12`.`label`,
    `t12`.`users`,
    `t12`.`plain`,
    DENSE_RANK() OVER (
      PARTITION BY `t12`.`attr`
      ORDER BY `t12`.`plain` DESC, `t12`.`users` DESC, `t12`.`label` ASC
    ) - 1 AS `rank`
  FROM (
    SELECT
      `t11`.`found`,
      `t11`.`straight`,
      `t11`.`n`,
      `t11`.`attr`,
      `t11`.`code`,
      `t11`.`label`,
      `t11`.`users`,
      CAST(NOT (
        `t11`.`label` IN ('(none)', '(other)')
      ) AS INT64) AS `plain`
    FROM (
      SELECT
        `t10`.`found`,
        `t10`.`straight`,
        `t10`.`n`,
        `t10`.`attr`,
        `t10`.`code`,
        `t10`.`label`,
        SUM(`t10`.`n`) OVER (
          PARTITION BY `t10`.`attr`, `t10`.`label`
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS `users`
      FROM (
        SELECT
          `t9`.`found`,
          `t9`.`straight`,
          `t9`.`n`,
          `t9`.`attr`,
          `t9`.`code`,
          CASE WHEN `t9`.`code` < 0 THEN '(none)' ELSE COALESCE(`t9`.`label`, '(other)') END AS `label`
        FROM (
          SELECT
            `t8`.`found`,
            `t8`.`straight`,
            `t8`.`n`,
            `t8`.`attr`,
            `t8`.`code`,
            `t2`.`label`
          FROM (
            SELECT
              `t6`.*
              EXCEPT (`told`)
            FROM (
              SELECT
                `t5`.`found`,
                `t5`.`straight`,
                `t5`.`n`,
                `t5`.`attr`,
                `t5`.`told`,
                IF(
                  (
                    `t5`.`found` < 512
                  )
                  AND (
                    (
                      `t5`.`told` = 1
                    ) OR (
                      `t5`.`straight` = 0
                    )
                  ),
                  `t5`.`found`,
                  -1
                ) AS `code`
              FROM (
                SELECT
                  `t4`.`found`,
                  `t4`.`straight`,
                  `t4`.`n`,
                  `t4`.`attr`,
                  CAST((
                    (
                      SUM(
                        IF(
                          (
                            `t4`.`found` >= 0
                          )
                          AND (
                            `t4`.`found` < 512
                          )
                          AND NOT (
                            `t4`.`straight` = 1
                          ),
                          `t4`.`n`,
                          0
                        )
                      ) OVER (PARTITION BY `t4`.`attr` ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) * 2 * SUM(IF(`t4`.`straight` = 1, `t4`.`n`, 0)) OVER (PARTITION BY `t4`.`attr` ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
                    ) >= (
                      SUM(
                        IF(
                          (
                            `t4`.`found` >= 0
                          ) AND (
                            `t4`.`found` < 512
                          ) AND (
                            `t4`.`straight` = 1
                          ),
                          `t4`.`n`,
                          0
                        )
                      ) OVER (PARTITION BY `t4`.`attr` ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) * SUM(IF(NOT (
                        `t4`.`straight` = 1
                      ), `t4`.`n`, 0)) OVER (PARTITION BY `t4`.`attr` ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
                    )
                  )
                  AND (
                    SUM(IF(NOT (
                      `t4`.`straight` = 1
                    ), `t4`.`n`, 0)) OVER (PARTITION BY `t4`.`attr` ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) > 0
                  ) AS INT64) AS `told`
                FROM (
                  SELECT
                    `t3`.`found`,
                    `t3`.`straight`,
                    `t3`.`n`,
                    0 AS `attr`
                  FROM (
                    SELECT
                      `t1`.`f0` AS `found`,
                      `t1`.`straight`,
                      COUNT(*) AS `n`
                    FROM `microlift_users` AS `t1`
                    GROUP BY
                      1,
                      2
                  ) AS `t3`
                ) AS `t4`
              ) AS `t5`
            ) AS `t6`
          ) AS `t8`
          LEFT OUTER JOIN `microlift_labels` AS `t2`
            ON `t8`.`attr` = `t2`.`attr` AND `t8`.`code` = `t2`.`code`
        ) AS `t9`
      ) AS `t10`
    ) AS `t11`
  ) AS `t12`
) AS `t13`;

-- events in order and in sessions
CREATE TABLE `microlift_events` AS
SELECT
  `t13`.`user`,
  `t13`.`bucket`,
  `t13`.`t`,
  `t13`.`seq`,
  `t13`.`event`,
  `t13`.`mask`,
  `t13`.`macro`,
  `t13`.`value`,
  `t13`.`session`,
  `t13`.`opens`,
  `t13`.`away`,
  `t13`.`tie`,
  `t9`.`a0`
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
    `t11`.`tie`
  FROM (
    SELECT
      `t10`.`user`,
      `t10`.`event`,
      `t10`.`t`,
      `t10`.`mask`,
      `t10`.`macro`,
      `t10`.`known`,
      `t10`.`x0`,
      `t10`.`o0`,
      `t10`.`rank`,
      `t10`.`v`,
      `t10`.`bucket`,
      `t10`.`value`,
      `t10`.`seq`,
      `t10`.`before`,
      `t10`.`opens`,
      `t10`.`quiet`,
      `t10`.`at_macro`,
      SUM(`t10`.`opens`) OVER (
        PARTITION BY `t10`.`user`
        ORDER BY `t10`.`seq` ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS `session`,
      MOD(
        MAX(IF(`t10`.`opens` = 1, (
          `t10`.`seq` * 256
        ) + `t10`.`quiet`, NULL)) OVER (
          PARTITION BY `t10`.`user`
          ORDER BY `t10`.`seq` ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ),
        256
      ) AS `away`,
      CAST(COALESCE(
        `t10`.`t` = LAG(`t10`.`t`) OVER (PARTITION BY `t10`.`user` ORDER BY `t10`.`seq` ASC),
        FALSE
      )
      OR COALESCE(
        `t10`.`t` = LEAD(`t10`.`t`) OVER (PARTITION BY `t10`.`user` ORDER BY `t10`.`seq` ASC),
        FALSE
      ) AS INT64) AS `tie`
    FROM (
      SELECT
        `t6`.`user`,
        `t6`.`event`,
        `t6`.`t`,
        `t6`.`mask`,
        `t6`.`macro`,
        `t6`.`known`,
        `t6`.`x0`,
        `t6`.`o0`,
        `t6`.`rank`,
        `t6`.`v`,
        `t6`.`bucket`,
        `t6`.`value`,
        `t6`.`seq`,
        `t6`.`before`,
        CAST((
          `t6`.`before` IS NULL
        )
        OR (
          (
            `t6`.`t` - `t6`.`before`
          ) > 1800000000
        ) AS INT64) AS `opens`,
        IF(
          (
            `t6`.`t` - `t6`.`before`
          ) IS NULL,
          0,
          GREATEST(
            CAST(ROUND(
              ieee_divide(
                (
                  LEAST(`t6`.`t` - `t6`.`before`, 918000000000) + 3599999999
                ) - (
                  MOD(
                    (
                      MOD(LEAST(`t6`.`t` - `t6`.`before`, 918000000000) + 3599999999, 3600000000)
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
          `t0`.`known`,
          `t0`.`x0`,
          `t0`.`o0`,
          `t0`.`rank`,
          `t0`.`v`,
          `t0`.`bucket`,
          `t0`.`value`,
          ROW_NUMBER() OVER (
            PARTITION BY `t0`.`user`
            ORDER BY `t0`.`t` ASC, `t0`.`rank` ASC, `t0`.`event` ASC, `t0`.`x0` ASC, `t0`.`known` ASC, `t0`.`v` ASC, `t0`.`mask` ASC, `t0`.`o0` ASC
          ) - 1 AS `seq`,
          LAG(`t0`.`t`) OVER (
            PARTITION BY `t0`.`user`
            ORDER BY `t0`.`t` ASC, `t0`.`rank` ASC, `t0`.`event` ASC, `t0`.`x0` ASC, `t0`.`known` ASC, `t0`.`v` ASC, `t0`.`mask` ASC, `t0`.`o0` ASC
          ) AS `before`
        FROM `microlift_rows` AS `t0`
      ) AS `t6`
    ) AS `t10`
  ) AS `t11`
) AS `t13`
INNER JOIN (
  SELECT
    `t7`.`user`,
    `t7`.`a0`
  FROM (
    SELECT
      `t3`.`user`,
      `t3`.`straight`,
      `t3`.`f0`,
      `t5`.`a0`
    FROM `microlift_users` AS `t3`
    INNER JOIN (
      SELECT
        `t2`.`straight`,
        `t2`.`found` AS `f0`,
        `t2`.`place` AS `a0`
      FROM `microlift_places` AS `t2`
      WHERE
        `t2`.`attr` = 0
    ) AS `t5`
      ON `t3`.`straight` = `t5`.`straight` AND `t3`.`f0` = `t5`.`f0`
  ) AS `t7`
) AS `t9`
  ON `t13`.`user` = `t9`.`user`;

-- figures of the log, one row
CREATE TABLE `microlift_facts` AS
SELECT
  `t11`.`users`,
  `t11`.`sessions`,
  `t11`.`empty`,
  `t11`.`events`,
  `t11`.`first_us`,
  `t11`.`last_us`,
  `t11`.`macros`,
  `t11`.`value`,
  `t11`.`missing`,
  `t11`.`negative`,
  CAST((
    `t11`.`empty` * 100
  ) > `t11`.`sessions` AS INT64) AS `starts`
FROM (
  SELECT
    `t10`.`users`,
    `t10`.`sessions`,
    `t10`.`empty`,
    `t4`.`events`,
    `t4`.`first_us`,
    `t4`.`last_us`,
    `t4`.`macros`,
    `t4`.`value`,
    `t7`.`missing`,
    `t7`.`negative`
  FROM (
    SELECT
      COUNT(DISTINCT `t8`.`user`) AS `users`,
      SUM(`t8`.`opens`) AS `sessions`,
      SUM(IF(`t8`.`counts` = 1, `t8`.`opens` - `t8`.`planned`, 0)) AS `empty`
    FROM (
      SELECT
        `t5`.`user`,
        `t5`.`session`,
        SUM(`t5`.`opens`) AS `opens`,
        MAX(CAST((
          `t5`.`end` IS NULL
        ) OR (
          `t5`.`session` <= `t5`.`end`
        ) AS INT64)) AS `counts`,
        MAX(CAST((
          `t5`.`mask` <> 0
        ) OR (
          `t5`.`macro` = 1
        ) AS INT64)) AS `planned`
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
          `t0`.`a0`,
          MIN(IF(CAST(`t0`.`macro` AS BOOL), `t0`.`session`, NULL)) OVER (PARTITION BY `t0`.`user` ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS `end`
        FROM `microlift_events` AS `t0`
      ) AS `t5`
      GROUP BY
        1,
        2
    ) AS `t8`
  ) AS `t10`
  CROSS JOIN (
    SELECT
      COUNT(*) AS `events`,
      MIN(`t0`.`t`) AS `first_us`,
      MAX(`t0`.`t`) AS `last_us`,
      SUM(`t0`.`macro`) AS `macros`,
      SUM(`t0`.`value`) AS `value`
    FROM `microlift_events` AS `t0`
  ) AS `t4`
  CROSS JOIN (
    SELECT
      COUNTIF(`t3`.`known` = 0) AS `missing`,
      COUNTIF(`t3`.`v` < 0) AS `negative`
    FROM (
      SELECT
        *
      FROM `microlift_rows` AS `t1`
      WHERE
        `t1`.`macro` = 1
    ) AS `t3`
  ) AS `t7`
) AS `t11`;

-- events up to the first macro
CREATE TABLE `microlift_moments` AS
SELECT
  *
FROM (
  SELECT
    `t13`.`user`,
    `t13`.`t`,
    `t13`.`value`,
    `t13`.`macro_t`,
    `t13`.`bucket`,
    `t13`.`tie`,
    `t13`.`a0`,
    `t13`.`mask`,
    `t13`.`macro`,
    `t13`.`opens`,
    `t13`.`step`,
    `t13`.`done_before`,
    `t13`.`final`,
    `t13`.`covered`,
    `t13`.`first_visit`,
    `t13`.`n_mature`,
    `t13`.`y`,
    `t13`.`after`,
    `t13`.`session`,
    `t13`.`depth`,
    `t13`.`away`,
    `t13`.`tenure`,
    `t13`.`arrive_step`,
    1 AS `starting`
  FROM (
    SELECT
      `t11`.*
      EXCEPT (`counts`)
    FROM (
      SELECT
        `t8`.`user`,
        `t8`.`t`,
        `t8`.`value`,
        `t8`.`macro_t`,
        (
          `t8`.`rest0` >> 8
        ) & 127 AS `bucket`,
        (
          `t8`.`rest0` >> 15
        ) & 1 AS `tie`,
        (
          `t8`.`rest0` >> 16
        ) & 15 AS `a0`,
        `t8`.`bits` & 3 AS `mask`,
        CAST(`t8`.`bits` >> 2 AS INT64) AS `macro`,
        CAST((
          `t8`.`mark` >> 24
        ) & 1 AS INT64) AS `opens`,
        CAST(`t8`.`mark` & 16777215 AS INT64) AS `step`,
        `t8`.`before` < 4 AS `counts`,
        `t8`.`before` AS `done_before`,
        (
          (
            `t8`.`bits` >> 2
          ) = 1
        ) OR (
          `t8`.`ahead` = -1
        ) AS `final`,
        (
          `t8`.`first_t` + 1209600000000
        ) <= (
          SELECT
            `t1`.`last_us`
          FROM `microlift_facts` AS `t1`
        ) AS `covered`,
        (
          (
            `t8`.`mark` >> 24
          ) >> 1
        ) = 1 AS `first_visit`,
        CAST((
          `t8`.`t` + 1209600000000
        ) <= (
          SELECT
            `t1`.`last_us`
          FROM `microlift_facts` AS `t1`
        ) AS INT64) AS `n_mature`,
        CAST((
          (
            `t8`.`t` + 1209600000000
          ) <= (
            SELECT
              `t1`.`last_us`
            FROM `microlift_facts` AS `t1`
          )
        )
        AND (
          `t8`.`macro_t` <= (
            `t8`.`t` + 1209600000000
          )
        ) AS INT64) AS `y`,
        CAST(CASE
          WHEN (
            (
              `t8`.`ahead` >> 24
            ) >> 1
          ) = (
            (
              `t8`.`mark` >> 24
            ) >> 1
          )
          THEN `t8`.`ahead` & 16777215
          WHEN `t8`.`ahead` <> -1
          THEN CASE
            WHEN (
              (
                `t8`.`ahead` & 16777215
              ) = 3
            )
            AND (
              (
                (
                  `t8`.`ahead` >> 24
                ) & 1
              ) <> 1
            )
            THEN 4
            ELSE 1
          END
          WHEN (
            `t8`.`t` + 1209600000000
          ) <= (
            SELECT
              `t1`.`last_us`
            FROM `microlift_facts` AS `t1`
          )
          THEN 0
          ELSE 2
        END AS INT64) AS `after`,
        CAST(CAST((
          (
            `t8`.`mark` >> 24
          ) >> 1
        ) >= 2 AS INT64) + CAST((
          (
            `t8`.`mark` >> 24
          ) >> 1
        ) >= 3 AS INT64) + CAST((
          (
            `t8`.`mark` >> 24
          ) >> 1
        ) >= 5 AS INT64) AS INT64) AS `session`,
        CAST(CAST((
          `t8`.`mark` & 16777215
        ) > 0 AS INT64) + CAST((
          (
            `t8`.`back1` >> 25
          ) = (
            (
              `t8`.`mark` >> 24
            ) >> 1
          )
        )
        AND (
          (
            `t8`.`back1` & 16777215
          ) > 0
        ) AS INT64) + CAST((
          (
            `t8`.`back2` >> 25
          ) = (
            (
              `t8`.`mark` >> 24
            ) >> 1
          )
        )
        AND (
          (
            `t8`.`back2` & 16777215
          ) > 0
        ) AS INT64) + CAST((
          (
            `t8`.`back4` >> 25
          ) = (
            (
              `t8`.`mark` >> 24
            ) >> 1
          )
        )
        AND (
          (
            `t8`.`back4` & 16777215
          ) > 0
        ) AS INT64) AS INT64) AS `depth`,
        CAST(CAST((
          (
            `t8`.`rest0` >> 0
          ) & 255
        ) >= 1 AS INT64) + CAST((
          (
            `t8`.`rest0` >> 0
          ) & 255
        ) >= 25 AS INT64) + CAST((
          (
            `t8`.`rest0` >> 0
          ) & 255
        ) >= 73 AS INT64) + CAST((
          (
            `t8`.`rest0` >> 0
          ) & 255
        ) >= 169 AS INT64) AS INT64) AS `away`,
        CAST(CAST((
          `t8`.`t` - `t8`.`first_t`
        ) >= 3600000000 AS INT64) + CAST((
          `t8`.`t` - `t8`.`first_t`
        ) >= 86400000000 AS INT64) + CAST((
          `t8`.`t` - `t8`.`first_t`
        ) >= 604800000000 AS INT64) + CAST((
          `t8`.`t` - `t8`.`first_t`
        ) >= 2592000000000 AS INT64) AS INT64) AS `tenure`,
        CASE
          WHEN (
            (
              `t8`.`mark` >> 24
            ) & 1
          ) = 1
          THEN 2
          WHEN `t8`.`back1` = -1
          THEN 0
          WHEN (
            `t8`.`back1` >> 25
          ) <> (
            (
              `t8`.`mark` >> 24
            ) >> 1
          )
          THEN 1
          ELSE 2
        END AS `arrive_step`
      FROM (
        SELECT
          `t6`.*
          EXCEPT (`seq`)
        FROM (
          SELECT
            `t4`.`user`,
            `t4`.`seq`,
            `t4`.`t`,
            `t4`.`value`,
            `t4`.`bits`,
            `t4`.`mark`,
            `t4`.`rest0`,
            0 + COALESCE(
              MAX(CAST(IF((
                `t4`.`bits` & 1
              ) <> 0, 1, 0) AS INT64)) OVER (
                PARTITION BY `t4`.`user`
                ORDER BY `t4`.`seq` ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
              ),
              0
            ) + COALESCE(
              MAX(CAST(IF((
                `t4`.`bits` & 2
              ) <> 0, 2, 0) AS INT64)) OVER (
                PARTITION BY `t4`.`user`
                ORDER BY `t4`.`seq` ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
              ),
              0
            ) + COALESCE(
              MAX(CAST(IF((
                `t4`.`bits` & 4
              ) <> 0, 4, 0) AS INT64)) OVER (
                PARTITION BY `t4`.`user`
                ORDER BY `t4`.`seq` ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
              ),
              0
            ) AS `before`,
            LEAD(`t4`.`mark`, 1, -1) OVER (PARTITION BY `t4`.`user` ORDER BY `t4`.`seq` ASC) AS `ahead`,
            LAG(`t4`.`mark`, 1, -1) OVER (PARTITION BY `t4`.`user` ORDER BY `t4`.`seq` ASC) AS `back1`,
            LAG(`t4`.`mark`, 2, -1) OVER (PARTITION BY `t4`.`user` ORDER BY `t4`.`seq` ASC) AS `back2`,
            LAG(`t4`.`mark`, 4, -1) OVER (PARTITION BY `t4`.`user` ORDER BY `t4`.`seq` ASC) AS `back4`,
            MIN(`t4`.`t`) OVER (
              PARTITION BY `t4`.`user`
              ORDER BY `t4`.`seq` ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS `first_t`,
            MIN(IF(`t4`.`bits` >= 4, `t4`.`t`, 4611686018427387904)) OVER (
              PARTITION BY `t4`.`user`
              ORDER BY `t4`.`seq` ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS `macro_t`
          FROM (
            SELECT
              `t0`.`user`,
              `t0`.`seq`,
              `t0`.`t`,
              `t0`.`value`,
              `t0`.`mask` + (
                `t0`.`macro` * 4
              ) AS `bits`,
              (
                (
                  (
                    `t0`.`session` * 2
                  ) + `t0`.`opens`
                ) * 16777216
              ) + CAST(CASE
                WHEN `t0`.`macro` = 1
                THEN 3
                WHEN `t0`.`mask` = 1
                THEN 5
                WHEN `t0`.`mask` = 2
                THEN 6
                ELSE 0
              END AS INT64) AS `mark`,
              (
                `t0`.`away` * 1
              ) + (
                `t0`.`bucket` * 256
              ) + (
                `t0`.`tie` * 32768
              ) + (
                `t0`.`a0` * 65536
              ) AS `rest0`
            FROM `microlift_events` AS `t0`
            WHERE
              (
                SELECT
                  `t1`.`starts`
                FROM `microlift_facts` AS `t1`
              ) = 1
              AND (
                (
                  `t0`.`mask` <> 0
                ) OR (
                  `t0`.`macro` = 1
                ) OR (
                  `t0`.`opens` = 1
                )
              )
          ) AS `t4`
        ) AS `t6`
      ) AS `t8`
      WHERE
        `t8`.`before` < 4
    ) AS `t11`
  ) AS `t13`
) AS `t15`
UNION ALL
SELECT
  *
FROM (
  SELECT
    `t12`.`user`,
    `t12`.`t`,
    `t12`.`value`,
    `t12`.`macro_t`,
    `t12`.`bucket`,
    `t12`.`tie`,
    `t12`.`a0`,
    `t12`.`mask`,
    `t12`.`macro`,
    `t12`.`opens`,
    `t12`.`step`,
    `t12`.`done_before`,
    `t12`.`final`,
    `t12`.`covered`,
    `t12`.`first_visit`,
    `t12`.`n_mature`,
    `t12`.`y`,
    `t12`.`after`,
    `t12`.`session`,
    `t12`.`depth`,
    `t12`.`away`,
    `t12`.`tenure`,
    `t12`.`arrive_step`,
    0 AS `starting`
  FROM (
    SELECT
      `t10`.*
      EXCEPT (`counts`)
    FROM (
      SELECT
        `t9`.`user`,
        `t9`.`t`,
        `t9`.`value`,
        `t9`.`macro_t`,
        (
          `t9`.`rest0` >> 8
        ) & 127 AS `bucket`,
        (
          `t9`.`rest0` >> 15
        ) & 1 AS `tie`,
        (
          `t9`.`rest0` >> 16
        ) & 15 AS `a0`,
        `t9`.`bits` & 3 AS `mask`,
        CAST(`t9`.`bits` >> 2 AS INT64) AS `macro`,
        CAST((
          `t9`.`mark` >> 24
        ) & 1 AS INT64) AS `opens`,
        CAST(`t9`.`mark` & 16777215 AS INT64) AS `step`,
        `t9`.`before` < 4 AS `counts`,
        `t9`.`before` AS `done_before`,
        (
          (
            `t9`.`bits` >> 2
          ) = 1
        ) OR (
          `t9`.`ahead` = -1
        ) AS `final`,
        (
          `t9`.`first_t` + 1209600000000
        ) <= (
          SELECT
            `t1`.`last_us`
          FROM `microlift_facts` AS `t1`
        ) AS `covered`,
        (
          (
            `t9`.`mark` >> 24
          ) >> 1
        ) = 1 AS `first_visit`,
        CAST((
          `t9`.`t` + 1209600000000
        ) <= (
          SELECT
            `t1`.`last_us`
          FROM `microlift_facts` AS `t1`
        ) AS INT64) AS `n_mature`,
        CAST((
          (
            `t9`.`t` + 1209600000000
          ) <= (
            SELECT
              `t1`.`last_us`
            FROM `microlift_facts` AS `t1`
          )
        )
        AND (
          `t9`.`macro_t` <= (
            `t9`.`t` + 1209600000000
          )
        ) AS INT64) AS `y`,
        CAST(CASE
          WHEN (
            (
              `t9`.`ahead` >> 24
            ) >> 1
          ) = (
            (
              `t9`.`mark` >> 24
            ) >> 1
          )
          THEN `t9`.`ahead` & 16777215
          WHEN `t9`.`ahead` <> -1
          THEN CASE WHEN (
            `t9`.`ahead` & 16777215
          ) = 3 THEN 4 ELSE 1 END
          WHEN (
            `t9`.`t` + 1209600000000
          ) <= (
            SELECT
              `t1`.`last_us`
            FROM `microlift_facts` AS `t1`
          )
          THEN 0
          ELSE 2
        END AS INT64) AS `after`,
        CAST(CAST((
          (
            `t9`.`mark` >> 24
          ) >> 1
        ) >= 2 AS INT64) + CAST((
          (
            `t9`.`mark` >> 24
          ) >> 1
        ) >= 3 AS INT64) + CAST((
          (
            `t9`.`mark` >> 24
          ) >> 1
        ) >= 5 AS INT64) AS INT64) AS `session`,
        CAST(CAST((
          `t9`.`mark` & 16777215
        ) > 0 AS INT64) + CAST((
          `t9`.`back1` >> 25
        ) = (
          (
            `t9`.`mark` >> 24
          ) >> 1
        ) AS INT64) + CAST((
          `t9`.`back2` >> 25
        ) = (
          (
            `t9`.`mark` >> 24
          ) >> 1
        ) AS INT64) + CAST((
          `t9`.`back4` >> 25
        ) = (
          (
            `t9`.`mark` >> 24
          ) >> 1
        ) AS INT64) AS INT64) AS `depth`,
        CAST(CAST((
          (
            `t9`.`rest0` >> 0
          ) & 255
        ) >= 1 AS INT64) + CAST((
          (
            `t9`.`rest0` >> 0
          ) & 255
        ) >= 25 AS INT64) + CAST((
          (
            `t9`.`rest0` >> 0
          ) & 255
        ) >= 73 AS INT64) + CAST((
          (
            `t9`.`rest0` >> 0
          ) & 255
        ) >= 169 AS INT64) AS INT64) AS `away`,
        CAST(CAST((
          `t9`.`t` - `t9`.`first_t`
        ) >= 3600000000 AS INT64) + CAST((
          `t9`.`t` - `t9`.`first_t`
        ) >= 86400000000 AS INT64) + CAST((
          `t9`.`t` - `t9`.`first_t`
        ) >= 604800000000 AS INT64) + CAST((
          `t9`.`t` - `t9`.`first_t`
        ) >= 2592000000000 AS INT64) AS INT64) AS `tenure`,
        CASE
          WHEN `t9`.`back1` = -1
          THEN 0
          WHEN (
            `t9`.`back1` >> 25
          ) <> (
            (
              `t9`.`mark` >> 24
            ) >> 1
          )
          THEN 1
          ELSE 2
        END AS `arrive_step`
      FROM (
        SELECT
          `t7`.*
          EXCEPT (`seq`)
        FROM (
          SELECT
            `t5`.`user`,
            `t5`.`seq`,
            `t5`.`t`,
            `t5`.`value`,
            `t5`.`bits`,
            `t5`.`mark`,
            `t5`.`rest0`,
            0 + COALESCE(
              MAX(CAST(IF((
                `t5`.`bits` & 1
              ) <> 0, 1, 0) AS INT64)) OVER (
                PARTITION BY `t5`.`user`
                ORDER BY `t5`.`seq` ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
              ),
              0
            ) + COALESCE(
              MAX(CAST(IF((
                `t5`.`bits` & 2
              ) <> 0, 2, 0) AS INT64)) OVER (
                PARTITION BY `t5`.`user`
                ORDER BY `t5`.`seq` ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
              ),
              0
            ) + COALESCE(
              MAX(CAST(IF((
                `t5`.`bits` & 4
              ) <> 0, 4, 0) AS INT64)) OVER (
                PARTITION BY `t5`.`user`
                ORDER BY `t5`.`seq` ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
              ),
              0
            ) AS `before`,
            LEAD(`t5`.`mark`, 1, -1) OVER (PARTITION BY `t5`.`user` ORDER BY `t5`.`seq` ASC) AS `ahead`,
            LAG(`t5`.`mark`, 1, -1) OVER (PARTITION BY `t5`.`user` ORDER BY `t5`.`seq` ASC) AS `back1`,
            LAG(`t5`.`mark`, 2, -1) OVER (PARTITION BY `t5`.`user` ORDER BY `t5`.`seq` ASC) AS `back2`,
            LAG(`t5`.`mark`, 4, -1) OVER (PARTITION BY `t5`.`user` ORDER BY `t5`.`seq` ASC) AS `back4`,
            MIN(`t5`.`t`) OVER (
              PARTITION BY `t5`.`user`
              ORDER BY `t5`.`seq` ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS `first_t`,
            MIN(IF(`t5`.`bits` >= 4, `t5`.`t`, 4611686018427387904)) OVER (
              PARTITION BY `t5`.`user`
              ORDER BY `t5`.`seq` ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS `macro_t`
          FROM (
            SELECT
              `t0`.`user`,
              `t0`.`seq`,
              `t0`.`t`,
              `t0`.`value`,
              `t0`.`mask` + (
                `t0`.`macro` * 4
              ) AS `bits`,
              (
                (
                  (
                    `t0`.`session` * 2
                  ) + `t0`.`opens`
                ) * 16777216
              ) + CAST(CASE
                WHEN `t0`.`macro` = 1
                THEN 3
                WHEN `t0`.`mask` = 1
                THEN 5
                WHEN `t0`.`mask` = 2
                THEN 6
                ELSE 0
              END AS INT64) AS `mark`,
              (
                `t0`.`away` * 1
              ) + (
                `t0`.`bucket` * 256
              ) + (
                `t0`.`tie` * 32768
              ) + (
                `t0`.`a0` * 65536
              ) AS `rest0`
            FROM `microlift_events` AS `t0`
            WHERE
              (
                SELECT
                  `t1`.`starts`
                FROM `microlift_facts` AS `t1`
              ) = 0
              AND (
                (
                  `t0`.`mask` <> 0
                ) OR (
                  `t0`.`macro` = 1
                )
              )
          ) AS `t5`
        ) AS `t7`
      ) AS `t9`
      WHERE
        `t9`.`before` < 4
    ) AS `t10`
  ) AS `t12`
) AS `t14`;

-- moments by state
CREATE TABLE `microlift_cells` AS
SELECT
  `t3`.`at`,
  `t3`.`arrive`,
  `t3`.`session`,
  `t3`.`depth`,
  `t3`.`away`,
  `t3`.`tenure`,
  `t3`.`a0`,
  `t3`.`fresh`,
  `t3`.`done`,
  `t3`.`next`,
  `t3`.`bucket`,
  SUM(`t3`.`n`) AS `n`,
  SUM(`t3`.`n_mature`) AS `n_mature`,
  SUM(`t3`.`y`) AS `y`,
  SUM(`t3`.`n_lift`) AS `n_lift`,
  SUM(`t3`.`y_lift`) AS `y_lift`,
  SUM(`t3`.`n_cut`) AS `n_cut`
FROM (
  SELECT
    *
  FROM (
    SELECT
      0 AS `at`,
      CAST(CASE WHEN `t0`.`first_visit` THEN 0 ELSE 1 END AS INT64) AS `arrive`,
      CAST(`t0`.`session` AS INT64) AS `session`,
      0 AS `depth`,
      CAST(`t0`.`away` AS INT64) AS `away`,
      CAST(`t0`.`tenure` AS INT64) AS `tenure`,
      `t0`.`a0`,
      0 AS `fresh`,
      `t0`.`done_before` AS `done`,
      CAST(CASE WHEN `t0`.`step` > 0 THEN `t0`.`step` ELSE `t0`.`after` END AS INT64) AS `next`,
      `t0`.`bucket`,
      CAST(1 AS INT64) AS `n`,
      CAST(`t0`.`n_mature` AS INT64) AS `n_mature`,
      CAST(`t0`.`y` AS INT64) AS `y`,
      CAST(`t0`.`n_mature` AS INT64) AS `n_lift`,
      CAST(`t0`.`y` AS INT64) AS `y_lift`,
      CAST(0 AS INT64) AS `n_cut`
    FROM `microlift_moments` AS `t0`
    WHERE
      `t0`.`covered` AND `t0`.`opens` = 1 AND `t0`.`starting` = 1
  ) AS `t2`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      (
        `t0`.`step` - 5
      ) + 1 AS `at`,
      CAST(`t0`.`arrive_step` AS INT64) AS `arrive`,
      CAST(`t0`.`session` AS INT64) AS `session`,
      CAST(`t0`.`depth` AS INT64) AS `depth`,
      CAST(`t0`.`away` AS INT64) AS `away`,
      CAST(`t0`.`tenure` AS INT64) AS `tenure`,
      `t0`.`a0`,
      `t0`.`mask` & ~`t0`.`done_before` AS `fresh`,
      `t0`.`mask` | `t0`.`done_before` AS `done`,
      CAST(`t0`.`after` AS INT64) AS `next`,
      `t0`.`bucket`,
      CAST(1 AS INT64) AS `n`,
      CAST(`t0`.`n_mature` AS INT64) AS `n_mature`,
      CAST(`t0`.`y` AS INT64) AS `y`,
      CAST(`t0`.`n_mature` AS INT64) AS `n_lift`,
      CAST(`t0`.`y` AS INT64) AS `y_lift`,
      CAST(0 AS INT64) AS `n_cut`
    FROM `microlift_moments` AS `t0`
    WHERE
      `t0`.`covered` AND `t0`.`step` >= 5
  ) AS `t1`
) AS `t3`
GROUP BY
  1,
  2,
  3,
  4,
  5,
  6,
  7,
  8,
  9,
  10,
  11;

-- all counts, as `lift --cells` reads them
CREATE TABLE `microlift_result` AS
WITH `t38` AS (
  SELECT
    COUNT(DISTINCT IF(`t2`.`covered`, `t2`.`user`, NULL)) AS `covered`,
    SUM(CAST((
      `t2`.`macro` = 1
    ) AND `t2`.`covered` AS INT64)) AS `macros`,
    SUM(IF((
      `t2`.`macro` = 1
    ) AND `t2`.`covered`, `t2`.`value`, 0)) AS `revenue`,
    SUM(CAST(`t2`.`macro` = 1 AS INT64)) AS `all_macro_users`
  FROM `microlift_moments` AS `t2`
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
          'firsts' AS `part`,
          CAST(NULL AS STRING) AS `name`,
          `t53`.`mask`,
          `t53`.`flag`,
          CAST(NULL AS INT64) AS `code`,
          CAST(NULL AS INT64) AS `at`,
          CAST(NULL AS INT64) AS `arrive`,
          CAST(NULL AS INT64) AS `session`,
          CAST(NULL AS INT64) AS `depth`,
          CAST(NULL AS INT64) AS `away`,
          CAST(NULL AS INT64) AS `tenure`,
          CAST(NULL AS INT64) AS `a0`,
          CAST(NULL AS INT64) AS `fresh`,
          CAST(NULL AS INT64) AS `done`,
          CAST(NULL AS INT64) AS `next`,
          CAST(NULL AS INT64) AS `bucket`,
          `t53`.`n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM (
          SELECT
            `t47`.`mask`,
            `t47`.`flag`,
            COUNT(*) AS `n`
          FROM (
            SELECT
              *
            FROM (
              SELECT
                `t2`.`mask` - (
                  `t2`.`mask` & `t2`.`done_before`
                ) AS `mask`,
                CAST((
                  (
                    `t2`.`t` = `t2`.`macro_t`
                  ) AND (
                    `t2`.`tie` = 1
                  )
                )
                OR (
                  `t2`.`macro` = 1
                ) AS INT64) AS `flag`
              FROM `microlift_moments` AS `t2`
              WHERE
                `t2`.`covered`
                AND `t2`.`mask` <> 0
                AND `t2`.`macro_t` IS NOT NULL
                AND `t2`.`macro_t` <= (
                  `t2`.`t` + 1209600000000
                )
            ) AS `t37`
            WHERE
              `t37`.`mask` <> 0
          ) AS `t47`
          GROUP BY
            1,
            2
        ) AS `t53`
      ) AS `t58`
      UNION ALL
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
          CAST(NULL AS INT64) AS `session`,
          CAST(NULL AS INT64) AS `depth`,
          CAST(NULL AS INT64) AS `away`,
          CAST(NULL AS INT64) AS `tenure`,
          CAST(NULL AS INT64) AS `a0`,
          CAST(NULL AS INT64) AS `fresh`,
          CAST(NULL AS INT64) AS `done`,
          CAST(NULL AS INT64) AS `next`,
          CAST(NULL AS INT64) AS `bucket`,
          COALESCE(`t43`.`covered`, 0) AS `n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM `t38` AS `t43`
      ) AS `t48`
    ) AS `t60`
    UNION ALL
    SELECT
      *
    FROM (
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
          CAST(NULL AS INT64) AS `session`,
          CAST(NULL AS INT64) AS `depth`,
          CAST(NULL AS INT64) AS `away`,
          CAST(NULL AS INT64) AS `tenure`,
          CAST(NULL AS INT64) AS `a0`,
          CAST(NULL AS INT64) AS `fresh`,
          CAST(NULL AS INT64) AS `done`,
          CAST(NULL AS INT64) AS `next`,
          CAST(NULL AS INT64) AS `bucket`,
          COALESCE(`t43`.`macros`, 0) AS `n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM `t38` AS `t43`
      ) AS `t49`
      UNION ALL
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
          CAST(NULL AS INT64) AS `session`,
          CAST(NULL AS INT64) AS `depth`,
          CAST(NULL AS INT64) AS `away`,
          CAST(NULL AS INT64) AS `tenure`,
          CAST(NULL AS INT64) AS `a0`,
          CAST(NULL AS INT64) AS `fresh`,
          CAST(NULL AS INT64) AS `done`,
          CAST(NULL AS INT64) AS `next`,
          CAST(NULL AS INT64) AS `bucket`,
          COALESCE(`t43`.`revenue`, 0) AS `n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM `t38` AS `t43`
      ) AS `t50`
    ) AS `t54`
  ) AS `t61`
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
          'total' AS `part`,
          'all_macro_users' AS `name`,
          CAST(NULL AS INT64) AS `mask`,
          CAST(NULL AS INT64) AS `flag`,
          CAST(NULL AS INT64) AS `code`,
          CAST(NULL AS INT64) AS `at`,
          CAST(NULL AS INT64) AS `arrive`,
          CAST(NULL AS INT64) AS `session`,
          CAST(NULL AS INT64) AS `depth`,
          CAST(NULL AS INT64) AS `away`,
          CAST(NULL AS INT64) AS `tenure`,
          CAST(NULL AS INT64) AS `a0`,
          CAST(NULL AS INT64) AS `fresh`,
          CAST(NULL AS INT64) AS `done`,
          CAST(NULL AS INT64) AS `next`,
          CAST(NULL AS INT64) AS `bucket`,
          COALESCE(`t43`.`all_macro_users`, 0) AS `n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM `t38` AS `t43`
      ) AS `t51`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          'macro_visits' AS `part`,
          CAST(NULL AS STRING) AS `name`,
          `t68`.`mask`,
          CAST(NULL AS INT64) AS `flag`,
          CAST(NULL AS INT64) AS `code`,
          CAST(NULL AS INT64) AS `at`,
          CAST(NULL AS INT64) AS `arrive`,
          CAST(NULL AS INT64) AS `session`,
          CAST(NULL AS INT64) AS `depth`,
          CAST(NULL AS INT64) AS `away`,
          CAST(NULL AS INT64) AS `tenure`,
          CAST(NULL AS INT64) AS `a0`,
          CAST(NULL AS INT64) AS `fresh`,
          CAST(NULL AS INT64) AS `done`,
          CAST(NULL AS INT64) AS `next`,
          CAST(NULL AS INT64) AS `bucket`,
          `t68`.`n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM (
          SELECT
            `t67`.`mask`,
            COUNT(*) AS `n`
          FROM (
            SELECT
              `t57`.`user`,
              MAX(
                CAST(IF((
                  `t57`.`mask` & 1
                ) <> 0, 1, IF(`t57`.`mask` IS NULL, NULL, 0)) AS INT64)
              ) + MAX(
                CAST(IF((
                  `t57`.`mask` & 2
                ) <> 0, 2, IF(`t57`.`mask` IS NULL, NULL, 0)) AS INT64)
              ) + MAX(
                CAST(IF((
                  `t57`.`mask` & 4
                ) <> 0, 4, IF(`t57`.`mask` IS NULL, NULL, 0)) AS INT64)
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
                `t6`.`tie`,
                `t6`.`a0`
              FROM `microlift_events` AS `t6`
              INNER JOIN (
                SELECT
                  `t27`.`user`,
                  MIN(`t27`.`session`) AS `session`
                FROM (
                  SELECT
                    *
                  FROM `microlift_events` AS `t3`
                  WHERE
                    `t3`.`macro` = 1
                ) AS `t27`
                GROUP BY
                  1
              ) AS `t45`
                ON `t6`.`user` = `t45`.`user` AND `t6`.`session` = `t45`.`session`
            ) AS `t57`
            GROUP BY
              1
          ) AS `t67`
          GROUP BY
            1
        ) AS `t68`
      ) AS `t70`
    ) AS `t71`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          'cell' AS `part`,
          CAST(NULL AS STRING) AS `name`,
          CAST(NULL AS INT64) AS `mask`,
          CAST(NULL AS INT64) AS `flag`,
          CAST(NULL AS INT64) AS `code`,
          `t0`.`at`,
          `t0`.`arrive`,
          `t0`.`session`,
          `t0`.`depth`,
          `t0`.`away`,
          `t0`.`tenure`,
          `t0`.`a0`,
          `t0`.`fresh`,
          `t0`.`done`,
          `t0`.`next`,
          `t0`.`bucket`,
          `t0`.`n`,
          `t0`.`n_mature`,
          `t0`.`y`,
          `t0`.`n_lift`,
          `t0`.`y_lift`,
          `t0`.`n_cut`
        FROM `microlift_cells` AS `t0`
      ) AS `t7`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            'about' AS `part`,
            '8c8cac0f89671db4' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            1 AS `flag`,
            `t29`.`code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `a0`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t29`.`n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM (
            SELECT
              COUNT(*) AS `code`,
              COALESCE(SUM(`t0`.`n`), 0) AS `n`
            FROM `microlift_cells` AS `t0`
          ) AS `t29`
        ) AS `t36`
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
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `a0`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t1`.`users` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t8`
      ) AS `t41`
    ) AS `t46`
  ) AS `t73`
) AS `t74`
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
            'events' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `a0`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t1`.`events` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t9`
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
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `a0`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t1`.`sessions` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t10`
      ) AS `t21`
      UNION ALL
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
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `a0`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t1`.`empty` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t11`
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
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `a0`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t1`.`first_us` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t12`
      ) AS `t22`
    ) AS `t30`
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
            'last_us' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `a0`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t1`.`last_us` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t13`
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
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `a0`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t1`.`macros` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t14`
      ) AS `t23`
      UNION ALL
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
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `a0`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t1`.`value` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t15`
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
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `a0`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t1`.`missing` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t16`
      ) AS `t24`
    ) AS `t31`
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
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `a0`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t1`.`negative` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t17`
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
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `a0`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t1`.`starts` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t18`
      ) AS `t25`
      UNION ALL
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
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `a0`,
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
              `t69`.`name`,
              COUNT(*) AS `n`
            FROM (
              SELECT
                CASE
                  WHEN (
                    `t65`.`user` = ''
                  ) AND (
                    `t65`.`event` = ''
                  ) AND NOT (
                    `t65`.`timed`
                  )
                  THEN 'unreadable row'
                  WHEN `t65`.`user` = ''
                  THEN 'no user'
                  WHEN NOT (
                    `t65`.`timed`
                  )
                  THEN 'no time'
                  WHEN `t65`.`t` IS NULL
                  THEN 'unreadable time'
                  WHEN `t65`.`event` = ''
                  THEN 'no event'
                  ELSE ''
                END AS `name`
              FROM (
                SELECT
                  `t63`.*
                  EXCEPT (`number`)
                FROM (
                  SELECT
                    `t52`.`user`,
                    `t52`.`event`,
                    `t52`.`t`,
                    `t52`.`timed`,
                    `t52`.`mask`,
                    `t52`.`macro`,
                    `t52`.`number`,
                    `t52`.`known`,
                    `t52`.`x0`,
                    `t52`.`o0`,
                    CAST(CASE
                      WHEN `t52`.`macro` = 1
                      THEN 31
                      WHEN (
                        `t52`.`mask` & 1
                      ) <> 0
                      THEN 1
                      WHEN (
                        `t52`.`mask` & 2
                      ) <> 0
                      THEN 2
                      ELSE 0
                    END AS INT64) AS `rank`,
                    IF((
                      `t52`.`known` = 1
                    ) AND (
                      `t52`.`number` <> 0.0
                    ), `t52`.`number`, 0.0) AS `v`
                  FROM (
                    SELECT
                      COALESCE(`t5`.`uid`, '') AS `user`,
                      COALESCE(`t5`.`name`, '') AS `event`,
                      IF(
                        (
                          UNIX_MICROS(`t5`.`ts`) >= -5364662400000000
                        )
                        AND (
                          UNIX_MICROS(`t5`.`ts`) < 7258118400000000
                        ),
                        UNIX_MICROS(`t5`.`ts`),
                        CAST(NULL AS INT64)
                      ) AS `t`,
                      `t5`.`ts` IS NOT NULL AS `timed`,
                      0 + CAST(IF(COALESCE(`t5`.`name` IN ('view_item'), FALSE), 1, 0) AS INT64) + CAST(IF(
                        COALESCE(`t5`.`name` IN ('scroll'), FALSE)
                        AND COALESCE(IF(IS_NAN(`t5`.`percent`), NULL, `t5`.`percent`) >= 75, FALSE),
                        2,
                        0
                      ) AS INT64) AS `mask`,
                      CAST(COALESCE(`t5`.`name` IN ('purchase'), FALSE) AS INT64) AS `macro`,
                      `t5`.`revenue` AS `number`,
                      CAST(COALESCE(
                        (
                          `t5`.`revenue` IS NOT NULL
                        )
                        AND NOT (
                          IS_NAN(`t5`.`revenue`)
                        )
                        AND (
                          ABS(`t5`.`revenue`) < 1000000000000000.0
                        ),
                        FALSE
                      ) AS INT64) AS `known`,
                      COALESCE(`t5`.`channel`, '') AS `x0`,
                      `t5`.`percent` AS `o0`
                    FROM `shop`.`web`.`events` AS `t5`
                  ) AS `t52`
                ) AS `t63`
              ) AS `t65`
            ) AS `t69`
            GROUP BY
              1
          ) AS `t72`
        ) AS `t75`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            'event' AS `part`,
            `t44`.`name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            `t44`.`code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `a0`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t44`.`n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM (
            SELECT
              `t20`.`name`,
              `t20`.`n`,
              ROW_NUMBER() OVER (ORDER BY `t20`.`n` DESC, `t20`.`name` ASC) - 1 AS `code`
            FROM (
              SELECT
                `t3`.`event` AS `name`,
                COUNT(*) AS `n`
              FROM `microlift_events` AS `t3`
              GROUP BY
                1
            ) AS `t20`
          ) AS `t44`
          WHERE
            (
              `t44`.`code` < 50
            ) OR `t44`.`name` IN ('purchase', 'scroll', 'view_item')
        ) AS `t56`
      ) AS `t76`
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
            'mask' AS `part`,
            CAST(NULL AS STRING) AS `name`,
            `t19`.`mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `a0`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t19`.`n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM (
            SELECT
              `t3`.`mask`,
              COUNT(*) AS `n`
            FROM `microlift_events` AS `t3`
            GROUP BY
              1
          ) AS `t19`
        ) AS `t32`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            'label' AS `part`,
            `t28`.`label` AS `name`,
            `t28`.`late` AS `mask`,
            `t28`.`place` AS `flag`,
            `t28`.`attr` AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `a0`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t28`.`n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM (
            SELECT
              `t4`.`attr`,
              `t4`.`place`,
              `t4`.`label`,
              `t4`.`late`,
              SUM(`t4`.`n`) AS `n`
            FROM `microlift_places` AS `t4`
            GROUP BY
              1,
              2,
              3,
              4
          ) AS `t28`
        ) AS `t35`
      ) AS `t40`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            'doers' AS `part`,
            CAST(NULL AS STRING) AS `name`,
            `t59`.`mask`,
            CAST(`t59`.`flag` AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `a0`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t59`.`n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM (
            SELECT
              `t55`.`mask`,
              `t55`.`flag`,
              COUNT(*) AS `n`
            FROM (
              SELECT
                `t2`.`user`,
                MAX(
                  CAST(IF(
                    (
                      IF(`t2`.`macro` = 1, 0, `t2`.`mask`) & 1
                    ) <> 0,
                    1,
                    IF(IF(`t2`.`macro` = 1, 0, `t2`.`mask`) IS NULL, NULL, 0)
                  ) AS INT64)
                ) + MAX(
                  CAST(IF(
                    (
                      IF(`t2`.`macro` = 1, 0, `t2`.`mask`) & 2
                    ) <> 0,
                    2,
                    IF(IF(`t2`.`macro` = 1, 0, `t2`.`mask`) IS NULL, NULL, 0)
                  ) AS INT64)
                ) + MAX(
                  CAST(IF(
                    (
                      IF(`t2`.`macro` = 1, 0, `t2`.`mask`) & 4
                    ) <> 0,
                    4,
                    IF(IF(`t2`.`macro` = 1, 0, `t2`.`mask`) IS NULL, NULL, 0)
                  ) AS INT64)
                ) AS `mask`,
                MAX(`t2`.`macro`) AS `flag`
              FROM `microlift_moments` AS `t2`
              GROUP BY
                1
            ) AS `t55`
            GROUP BY
              1,
              2
          ) AS `t59`
        ) AS `t62`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            'occurrences' AS `part`,
            CAST(NULL AS STRING) AS `name`,
            `t34`.`mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `a0`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t34`.`n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM (
            SELECT
              `t26`.`mask`,
              COUNT(*) AS `n`
            FROM (
              SELECT
                *
              FROM `microlift_moments` AS `t2`
              WHERE
                `t2`.`macro` = 0
            ) AS `t26`
            GROUP BY
              1
          ) AS `t34`
        ) AS `t42`
      ) AS `t64`
    ) AS `t66`
  ) AS `t78`
) AS `t79`;
