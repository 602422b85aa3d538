-- microlift: from the events in shop.web.events to the cells of plan 187457de369cee91
-- (layout 1, bigquery). The last table, exported as Parquet, is what
-- `microlift lift --cells` reads. Columns are taken to be of these types:
--   user_id: string
--   timestamp: timestamp('UTC')
--   event: string
--   line: int64
--   visit: string
--   revenue: float64

-- valid rows, each once
CREATE TABLE `microlift_rows` AS
SELECT
  `t6`.`user`,
  `t6`.`event`,
  `t6`.`t`,
  `t6`.`mask`,
  `t6`.`macro`,
  `t6`.`known`,
  `t6`.`sid`,
  `t6`.`s0`,
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
            `t1`.`sid`,
            `t1`.`s0`,
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
              THEN 33
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
              0 + CAST(IF(COALESCE(`t0`.`event` IN ('view_item'), FALSE), 1, 0) AS INT64) + CAST(IF(COALESCE(`t0`.`event` IN ('review_written'), FALSE), 2, 0) AS INT64) AS `mask`,
              CAST(COALESCE(`t0`.`event` IN ('purchase'), FALSE) AS INT64) AS `macro`,
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
              COALESCE(`t0`.`visit`, '') AS `sid`,
              `t0`.`line` AS `s0`
            FROM `shop`.`web`.`events` AS `t0`
          ) AS `t1`
        ) AS `t2`
      ) AS `t3`
      WHERE
        `t3`.`user` <> '' AND `t3`.`t` IS NOT NULL AND `t3`.`event` <> ''
    ) AS `t4`
  ) AS `t5`
) AS `t6`;

-- events in order and in sessions
CREATE TABLE `microlift_events` AS
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
  `t9`.`tie`
FROM (
  SELECT
    `t8`.`user`,
    `t8`.`event`,
    `t8`.`t`,
    `t8`.`mask`,
    `t8`.`macro`,
    `t8`.`known`,
    `t8`.`sid`,
    `t8`.`s0`,
    `t8`.`rank`,
    `t8`.`v`,
    `t8`.`bucket`,
    `t8`.`value`,
    `t8`.`seq`,
    `t8`.`before`,
    CAST(`t8`.`seq` = `t8`.`visit` AS INT64) AS `opens`,
    `t8`.`quiet`,
    `t8`.`at_macro`,
    (
      DENSE_RANK() OVER (PARTITION BY `t8`.`user` ORDER BY `t8`.`visit` ASC) - 1
    ) + 1 AS `session`,
    MAX(IF(`t8`.`seq` = `t8`.`visit`, `t8`.`quiet`, NULL)) OVER (
      PARTITION BY `t8`.`user`, `t8`.`visit`
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `away`,
    `t8`.`tie`,
    `t8`.`own`,
    `t8`.`visit`
  FROM (
    SELECT
      `t7`.`user`,
      `t7`.`event`,
      `t7`.`t`,
      `t7`.`mask`,
      `t7`.`macro`,
      `t7`.`known`,
      `t7`.`sid`,
      `t7`.`s0`,
      `t7`.`rank`,
      `t7`.`v`,
      `t7`.`bucket`,
      `t7`.`value`,
      `t7`.`seq`,
      `t7`.`before`,
      `t7`.`opens`,
      `t7`.`quiet`,
      `t7`.`at_macro`,
      `t7`.`session`,
      `t7`.`away`,
      `t7`.`tie`,
      `t7`.`own`,
      MOD(
        MAX((
          `t7`.`seq` * 2147483648
        ) + `t7`.`own`) OVER (
          PARTITION BY `t7`.`user`
          ORDER BY `t7`.`seq` ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ),
        2147483648
      ) AS `visit`
    FROM (
      SELECT
        `t6`.`user`,
        `t6`.`event`,
        `t6`.`t`,
        `t6`.`mask`,
        `t6`.`macro`,
        `t6`.`known`,
        `t6`.`sid`,
        `t6`.`s0`,
        `t6`.`rank`,
        `t6`.`v`,
        `t6`.`bucket`,
        `t6`.`value`,
        `t6`.`seq`,
        `t6`.`before`,
        `t6`.`opens`,
        `t6`.`quiet`,
        `t6`.`at_macro`,
        `t6`.`session`,
        `t6`.`away`,
        `t6`.`tie`,
        CASE
          WHEN `t6`.`sid` <> ''
          THEN MIN(`t6`.`seq`) OVER (
            PARTITION BY `t6`.`user`, `t6`.`sid`
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          )
          WHEN `t6`.`opens` = 1
          THEN `t6`.`seq`
          ELSE CAST(NULL AS INT64)
        END AS `own`
      FROM (
        SELECT
          `t5`.`user`,
          `t5`.`event`,
          `t5`.`t`,
          `t5`.`mask`,
          `t5`.`macro`,
          `t5`.`known`,
          `t5`.`sid`,
          `t5`.`s0`,
          `t5`.`rank`,
          `t5`.`v`,
          `t5`.`bucket`,
          `t5`.`value`,
          `t5`.`seq`,
          `t5`.`before`,
          `t5`.`opens`,
          `t5`.`quiet`,
          `t5`.`at_macro`,
          SUM(`t5`.`opens`) OVER (
            PARTITION BY `t5`.`user`
            ORDER BY `t5`.`seq` ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ) AS `session`,
          MOD(
            MAX(IF(`t5`.`opens` = 1, (
              `t5`.`seq` * 256
            ) + `t5`.`quiet`, NULL)) OVER (
              PARTITION BY `t5`.`user`
              ORDER BY `t5`.`seq` ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ),
            256
          ) AS `away`,
          `t5`.`at_macro` AS `tie`
        FROM (
          SELECT
            `t4`.`user`,
            `t4`.`event`,
            `t4`.`t`,
            `t4`.`mask`,
            `t4`.`macro`,
            `t4`.`known`,
            `t4`.`sid`,
            `t4`.`s0`,
            `t4`.`rank`,
            `t4`.`v`,
            `t4`.`bucket`,
            `t4`.`value`,
            `t4`.`seq`,
            `t4`.`before`,
            CAST((
              `t4`.`before` IS NULL
            )
            OR (
              (
                `t4`.`t` - `t4`.`before`
              ) > 1800000000
            ) AS INT64) AS `opens`,
            IF(
              (
                `t4`.`t` - `t4`.`before`
              ) IS NULL,
              0,
              GREATEST(
                CAST(ROUND(
                  ieee_divide(
                    (
                      LEAST(`t4`.`t` - `t4`.`before`, 918000000000) + 3599999999
                    ) - (
                      MOD(
                        (
                          MOD(LEAST(`t4`.`t` - `t4`.`before`, 918000000000) + 3599999999, 3600000000)
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
            CAST((
              MAX(`t4`.`macro`) OVER (
                PARTITION BY `t4`.`user`, `t4`.`t`, `t4`.`s0`
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
              ) = 1
            )
            AND (
              `t4`.`macro` = 0
            ) AS INT64) AS `at_macro`
          FROM (
            SELECT
              `t3`.`user`,
              `t3`.`event`,
              `t3`.`t`,
              `t3`.`mask`,
              `t3`.`macro`,
              `t3`.`known`,
              `t3`.`sid`,
              `t3`.`s0`,
              `t3`.`rank`,
              `t3`.`v`,
              `t3`.`bucket`,
              `t3`.`value`,
              `t3`.`seq`,
              LAG(`t3`.`t`) OVER (PARTITION BY `t3`.`user` ORDER BY `t3`.`seq` ASC) AS `before`
            FROM (
              SELECT
                `t2`.`user`,
                `t2`.`event`,
                `t2`.`t`,
                IF(`t2`.`seq` = `t2`.`opening`, 0, `t2`.`mask`) AS `mask`,
                IF(`t2`.`seq` = `t2`.`opening`, 0, `t2`.`macro`) AS `macro`,
                `t2`.`known`,
                `t2`.`sid`,
                `t2`.`s0`,
                `t2`.`rank`,
                `t2`.`v`,
                `t2`.`bucket`,
                IF(`t2`.`seq` = `t2`.`opening`, 0, `t2`.`value`) AS `value`,
                `t2`.`seq` - `t2`.`opening` AS `seq`
              FROM (
                SELECT
                  `t1`.`user`,
                  `t1`.`event`,
                  `t1`.`t`,
                  `t1`.`mask`,
                  `t1`.`macro`,
                  `t1`.`known`,
                  `t1`.`sid`,
                  `t1`.`s0`,
                  `t1`.`rank`,
                  `t1`.`v`,
                  `t1`.`bucket`,
                  `t1`.`value`,
                  `t1`.`seq`,
                  MIN(IF(`t1`.`macro` = 1, `t1`.`seq`, CAST(NULL AS INT64))) OVER (PARTITION BY `t1`.`user` ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS `opening`,
                  MIN(IF(`t1`.`macro` = 1, `t1`.`seq`, CAST(NULL AS INT64))) OVER (
                    PARTITION BY `t1`.`user`, `t1`.`t`, `t1`.`s0`
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ) AS `beside`
                FROM (
                  SELECT
                    `t0`.`user`,
                    `t0`.`event`,
                    `t0`.`t`,
                    `t0`.`mask`,
                    `t0`.`macro`,
                    `t0`.`known`,
                    `t0`.`sid`,
                    `t0`.`s0`,
                    `t0`.`rank`,
                    `t0`.`v`,
                    `t0`.`bucket`,
                    `t0`.`value`,
                    ROW_NUMBER() OVER (
                      PARTITION BY `t0`.`user`
                      ORDER BY `t0`.`t` ASC, `t0`.`s0` ASC, `t0`.`rank` ASC, `t0`.`event` ASC, `t0`.`known` ASC, `t0`.`v` ASC, `t0`.`sid` ASC, `t0`.`mask` ASC
                    ) - 1 AS `seq`
                  FROM `microlift_rows` AS `t0`
                ) AS `t1`
              ) AS `t2`
              WHERE
                `t2`.`seq` >= `t2`.`opening`
                AND NOT (
                  (
                    `t2`.`macro` = 1
                  )
                  AND (
                    `t2`.`seq` > `t2`.`opening`
                  )
                  AND (
                    `t2`.`beside` = `t2`.`opening`
                  )
                )
            ) AS `t3`
          ) AS `t4`
        ) AS `t5`
      ) AS `t6`
    ) AS `t7`
  ) AS `t8`
) AS `t9`;

-- figures of the log, one row
CREATE TABLE `microlift_facts` AS
SELECT
  `t20`.`users`,
  `t20`.`sessions`,
  `t20`.`empty`,
  `t20`.`events`,
  `t20`.`macros`,
  `t20`.`value`,
  `t20`.`seconds`,
  `t20`.`at_once`,
  `t20`.`begin`,
  `t20`.`whole_users`,
  `t20`.`whole_events`,
  `t20`.`whole_macros`,
  `t20`.`first_us`,
  `t20`.`last_us`,
  `t20`.`missing`,
  `t20`.`negative`,
  CAST((
    `t20`.`empty` * 100
  ) > `t20`.`sessions` AS INT64) AS `starts`
FROM (
  SELECT
    `t19`.`users`,
    `t19`.`sessions`,
    `t19`.`empty`,
    `t17`.`events`,
    `t17`.`macros`,
    `t17`.`value`,
    `t17`.`seconds`,
    `t17`.`at_once`,
    `t17`.`begin`,
    `t17`.`whole_users`,
    `t17`.`whole_events`,
    `t17`.`whole_macros`,
    `t17`.`first_us`,
    `t17`.`last_us`,
    `t13`.`missing`,
    `t13`.`negative`
  FROM (
    SELECT
      COUNT(DISTINCT `t16`.`user`) AS `users`,
      SUM(`t16`.`opens`) AS `sessions`,
      SUM(
        IF(
          (
            `t16`.`counts` = 1
          ) AND (
            `t16`.`session` > 1
          ),
          `t16`.`opens` - `t16`.`planned`,
          0
        )
      ) AS `empty`
    FROM (
      SELECT
        `t8`.`user`,
        `t8`.`session`,
        SUM(`t8`.`opens`) AS `opens`,
        MAX(CAST((
          `t8`.`end` IS NULL
        ) OR (
          `t8`.`session` <= `t8`.`end`
        ) AS INT64)) AS `counts`,
        MAX(CAST((
          `t8`.`mask` <> 0
        ) OR (
          `t8`.`macro` = 1
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
          MIN(IF(CAST(`t0`.`macro` AS BOOL), `t0`.`session`, NULL)) OVER (PARTITION BY `t0`.`user` ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS `end`
        FROM `microlift_events` AS `t0`
      ) AS `t8`
      GROUP BY
        1,
        2
    ) AS `t16`
  ) AS `t19`
  CROSS JOIN (
    SELECT
      `t9`.`events`,
      `t9`.`macros`,
      `t9`.`value`,
      `t14`.`seconds`,
      `t14`.`at_once`,
      `t14`.`begin`,
      `t14`.`whole_users`,
      `t14`.`whole_events`,
      `t14`.`whole_macros`,
      `t14`.`first_us`,
      `t14`.`last_us`
    FROM (
      SELECT
        `t2`.`events`,
        `t2`.`macros`,
        `t2`.`value`
      FROM (
        SELECT
          COUNT(*) AS `events`,
          MIN(`t0`.`t`) AS `first_us`,
          MAX(`t0`.`t`) AS `last_us`,
          SUM(`t0`.`macro`) AS `macros`,
          SUM(`t0`.`value`) AS `value`
        FROM `microlift_events` AS `t0`
      ) AS `t2`
    ) AS `t9`
    CROSS JOIN (
      SELECT
        `t10`.`seconds`,
        `t10`.`at_once`,
        `t10`.`begin`,
        `t5`.`whole_users`,
        `t5`.`whole_events`,
        `t5`.`whole_macros`,
        `t5`.`first_us`,
        `t5`.`last_us`
      FROM (
        SELECT
          COUNT(DISTINCT IF(`t0`.`macro` = 1, `t0`.`user`, NULL)) AS `seconds`,
          COUNT(
            DISTINCT IF((
              `t0`.`macro` = 1
            ) AND (
              `t0`.`session` = 1
            ), `t0`.`user`, NULL)
          ) AS `at_once`,
          MIN(`t0`.`t`) AS `begin`
        FROM `microlift_events` AS `t0`
      ) AS `t10`
      CROSS JOIN (
        SELECT
          COUNT(DISTINCT `t1`.`user`) AS `whole_users`,
          COUNT(*) AS `whole_events`,
          SUM(`t1`.`macro`) AS `whole_macros`,
          MIN(`t1`.`t`) AS `first_us`,
          MAX(`t1`.`t`) AS `last_us`
        FROM `microlift_rows` AS `t1`
      ) AS `t5`
    ) AS `t14`
  ) AS `t17`
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
  ) AS `t13`
) AS `t20`;

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
  10;

-- all counts, as `lift --cells` reads them
CREATE TABLE `microlift_result` AS
WITH `t50` AS (
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
          'macro_visits' AS `part`,
          CAST(NULL AS STRING) AS `name`,
          `t82`.`mask`,
          CAST(NULL AS INT64) AS `flag`,
          CAST(NULL AS INT64) AS `code`,
          CAST(NULL AS INT64) AS `at`,
          CAST(NULL AS INT64) AS `arrive`,
          CAST(NULL AS INT64) AS `session`,
          CAST(NULL AS INT64) AS `depth`,
          CAST(NULL AS INT64) AS `away`,
          CAST(NULL AS INT64) AS `tenure`,
          CAST(NULL AS INT64) AS `fresh`,
          CAST(NULL AS INT64) AS `done`,
          CAST(NULL AS INT64) AS `next`,
          CAST(NULL AS INT64) AS `bucket`,
          `t82`.`n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM (
          SELECT
            `t80`.`mask`,
            COUNT(*) AS `n`
          FROM (
            SELECT
              `t63`.`user`,
              MAX(
                CAST(IF((
                  `t63`.`mask` & 1
                ) <> 0, 1, IF(`t63`.`mask` IS NULL, NULL, 0)) AS INT64)
              ) + MAX(
                CAST(IF((
                  `t63`.`mask` & 2
                ) <> 0, 2, IF(`t63`.`mask` IS NULL, NULL, 0)) AS INT64)
              ) + MAX(
                CAST(IF((
                  `t63`.`mask` & 4
                ) <> 0, 4, IF(`t63`.`mask` IS NULL, NULL, 0)) AS INT64)
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
                  `t37`.`user`,
                  MIN(`t37`.`session`) AS `session`
                FROM (
                  SELECT
                    *
                  FROM `microlift_events` AS `t2`
                  WHERE
                    `t2`.`macro` = 1
                ) AS `t37`
                GROUP BY
                  1
              ) AS `t52`
                ON `t6`.`user` = `t52`.`user` AND `t6`.`session` = `t52`.`session`
            ) AS `t63`
            GROUP BY
              1
          ) AS `t80`
          GROUP BY
            1
        ) AS `t82`
      ) AS `t84`
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
          `t0`.`at`,
          `t0`.`arrive`,
          `t0`.`session`,
          `t0`.`depth`,
          `t0`.`away`,
          `t0`.`tenure`,
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
    ) AS `t85`
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
            '187457de369cee91' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            1 AS `flag`,
            `t40`.`code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t40`.`n`,
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
          ) AS `t40`
        ) AS `t47`
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
      ) AS `t51`
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
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
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
      ) AS `t28`
    ) AS `t56`
  ) AS `t87`
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
      ) AS `t29`
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
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
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
      ) AS `t30`
    ) AS `t41`
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
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
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
      ) AS `t31`
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
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
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
      ) AS `t32`
    ) AS `t42`
  ) AS `t45`
) AS `t89`
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
            'whole_users' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t1`.`whole_users` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t19`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            'fact' AS `part`,
            'whole_events' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t1`.`whole_events` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t20`
      ) AS `t33`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            'fact' AS `part`,
            'whole_macros' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t1`.`whole_macros` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t21`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            'fact' AS `part`,
            'seconds' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t1`.`seconds` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t22`
      ) AS `t34`
    ) AS `t43`
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
            'at_once' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t1`.`at_once` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t23`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            'fact' AS `part`,
            'begin' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t1`.`begin` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t24`
      ) AS `t35`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            'row' AS `part`,
            `t83`.`name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t83`.`n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM (
            SELECT
              `t81`.`name`,
              COUNT(*) AS `n`
            FROM (
              SELECT
                CASE
                  WHEN (
                    `t74`.`user` = ''
                  ) AND (
                    `t74`.`event` = ''
                  ) AND NOT (
                    `t74`.`timed`
                  )
                  THEN 'unreadable row'
                  WHEN `t74`.`user` = ''
                  THEN 'no user'
                  WHEN NOT (
                    `t74`.`timed`
                  )
                  THEN 'no time'
                  WHEN `t74`.`t` IS NULL
                  THEN 'unreadable time'
                  WHEN `t74`.`event` = ''
                  THEN 'no event'
                  ELSE ''
                END AS `name`
              FROM (
                SELECT
                  `t73`.*
                  EXCEPT (`number`)
                FROM (
                  SELECT
                    `t57`.`user`,
                    `t57`.`event`,
                    `t57`.`t`,
                    `t57`.`timed`,
                    `t57`.`mask`,
                    `t57`.`macro`,
                    `t57`.`number`,
                    `t57`.`known`,
                    `t57`.`sid`,
                    `t57`.`s0`,
                    CAST(CASE
                      WHEN `t57`.`macro` = 1
                      THEN 31
                      WHEN (
                        `t57`.`mask` & 1
                      ) <> 0
                      THEN 1
                      WHEN (
                        `t57`.`mask` & 2
                      ) <> 0
                      THEN 33
                      ELSE 0
                    END AS INT64) AS `rank`,
                    IF((
                      `t57`.`known` = 1
                    ) AND (
                      `t57`.`number` <> 0.0
                    ), `t57`.`number`, 0.0) AS `v`
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
                      0 + CAST(IF(COALESCE(`t5`.`event` IN ('view_item'), FALSE), 1, 0) AS INT64) + CAST(IF(COALESCE(`t5`.`event` IN ('review_written'), FALSE), 2, 0) AS INT64) AS `mask`,
                      CAST(COALESCE(`t5`.`event` IN ('purchase'), FALSE) AS INT64) AS `macro`,
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
                      COALESCE(`t5`.`visit`, '') AS `sid`,
                      `t5`.`line` AS `s0`
                    FROM `shop`.`web`.`events` AS `t5`
                  ) AS `t57`
                ) AS `t73`
              ) AS `t74`
            ) AS `t81`
            GROUP BY
              1
          ) AS `t83`
        ) AS `t86`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            'event' AS `part`,
            `t69`.`name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            `t69`.`code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t69`.`n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM (
            SELECT
              `t55`.`name`,
              `t55`.`n`,
              ROW_NUMBER() OVER (ORDER BY `t55`.`n` DESC, `t55`.`name` ASC) - 1 AS `code`
            FROM (
              SELECT
                `t39`.`name`,
                COALESCE(`t36`.`n`, 0) AS `n`
              FROM (
                SELECT DISTINCT
                  `t4`.`event` AS `name`
                FROM `microlift_rows` AS `t4`
              ) AS `t39`
              LEFT OUTER JOIN (
                SELECT
                  `t2`.`event` AS `name`,
                  COUNT(*) AS `n`
                FROM `microlift_events` AS `t2`
                GROUP BY
                  1
              ) AS `t36`
                ON `t39`.`name` = `t36`.`name`
            ) AS `t55`
          ) AS `t69`
          WHERE
            (
              `t69`.`code` < 50
            )
            OR `t69`.`name` IN ('purchase', 'review_written', 'view_item')
        ) AS `t76`
      ) AS `t88`
    ) AS `t90`
  ) AS `t91`
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
            'mask' AS `part`,
            CAST(NULL AS STRING) AS `name`,
            `t25`.`mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t25`.`n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM (
            SELECT
              `t2`.`mask`,
              COUNT(*) AS `n`
            FROM `microlift_events` AS `t2`
            GROUP BY
              1
          ) AS `t25`
        ) AS `t44`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            'doers' AS `part`,
            CAST(NULL AS STRING) AS `name`,
            `t71`.`mask`,
            CAST(`t71`.`flag` AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
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
              `t67`.`mask`,
              `t67`.`flag`,
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
                ) AS `mask`,
                MAX(`t3`.`macro`) AS `flag`
              FROM `microlift_moments` AS `t3`
              GROUP BY
                1
            ) AS `t67`
            GROUP BY
              1,
              2
          ) AS `t71`
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
            'occurrences' AS `part`,
            CAST(NULL AS STRING) AS `name`,
            `t46`.`mask`,
            CAST(NULL AS INT64) AS `flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t46`.`n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM (
            SELECT
              `t38`.`mask`,
              COUNT(*) AS `n`
            FROM (
              SELECT
                *
              FROM `microlift_moments` AS `t3`
              WHERE
                `t3`.`macro` = 0
            ) AS `t38`
            GROUP BY
              1
          ) AS `t46`
        ) AS `t53`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            'firsts' AS `part`,
            CAST(NULL AS STRING) AS `name`,
            `t64`.`mask`,
            `t64`.`flag`,
            CAST(NULL AS INT64) AS `code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t64`.`n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM (
            SELECT
              `t58`.`mask`,
              `t58`.`flag`,
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
              ) AS `t49`
              WHERE
                `t49`.`mask` <> 0
            ) AS `t58`
            GROUP BY
              1,
              2
          ) AS `t64`
        ) AS `t70`
      ) AS `t72`
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
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            COALESCE(`t54`.`covered`, 0) AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `t50` AS `t54`
        ) AS `t59`
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
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            COALESCE(`t54`.`macros`, 0) AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `t50` AS `t54`
        ) AS `t60`
      ) AS `t65`
      UNION ALL
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
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            COALESCE(`t54`.`revenue`, 0) AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `t50` AS `t54`
        ) AS `t61`
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
            CAST(NULL AS INT64) AS `session`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `away`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            COALESCE(`t54`.`all_macro_users`, 0) AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `t50` AS `t54`
        ) AS `t62`
      ) AS `t66`
    ) AS `t68`
  ) AS `t79`
) AS `t92`;
