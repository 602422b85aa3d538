-- microlift: from the events in shop.web.events to the cells of plan 7e43a1f26b4e2cb0
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
          0 + CAST(IF(COALESCE(`t0`.`event` IN ('demo'), FALSE), 1, 0) AS INT64) + CAST(IF(COALESCE(`t0`.`event` IN ('offer'), FALSE), 2, 0) AS INT64) AS `mask`,
          CAST(COALESCE(`t0`.`event` IN ('signed'), FALSE) AS INT64) AS `macro`,
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

-- events in order and in sessions
CREATE TABLE `microlift_events` AS
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
) AS `t3`;

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
      COUNTIF(`t3`.`macro` = 0) AS `missing`,
      COUNTIF(`t3`.`macro` = 0) AS `negative`
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
              ) + 2592000000000
            ) - (
              MOD(
                (
                  MOD((
                    `t8`.`t` - `t8`.`first_t`
                  ) + 2592000000000, 86400000000)
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
          ) > 2592000000000
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
                ) + 2592000000000
              ) - (
                MOD(
                  (
                    MOD((
                      `t8`.`t` - `t8`.`first_t`
                    ) + 2592000000000, 86400000000)
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
            ELSE 0
          END AS INT64) AS `step`,
          (
            `t6`.`first_t` + 2592000000000
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
  `t51`.`at`,
  `t51`.`arrive`,
  `t51`.`recency`,
  `t51`.`depth`,
  `t51`.`tenure`,
  `t51`.`fresh`,
  `t51`.`done`,
  `t51`.`next`,
  `t51`.`bucket`,
  SUM(`t51`.`n`) AS `n`,
  SUM(`t51`.`n_mature`) AS `n_mature`,
  SUM(`t51`.`y`) AS `y`,
  SUM(`t51`.`n_lift`) AS `n_lift`,
  SUM(`t51`.`y_lift`) AS `y_lift`,
  SUM(`t51`.`n_cut`) AS `n_cut`
FROM (
  SELECT
    *
  FROM (
    SELECT
      `t49`.`at`,
      CAST(1 AS INT64) AS `arrive`,
      `t49`.`recency`,
      CAST(`t49`.`depth` AS INT64) AS `depth`,
      `t49`.`tenure`,
      0 AS `fresh`,
      `t49`.`done`,
      CAST(1 AS INT64) AS `next`,
      `t49`.`bucket`,
      (
        `t49`.`b` - `t49`.`a`
      ) + 1 AS `n`,
      GREATEST(
        0,
        (
          LEAST(
            `t49`.`b`,
            CAST(ROUND(
              ieee_divide(
                (
                  (
                    (
                      SELECT
                        `t1`.`last_us`
                      FROM `microlift_facts` AS `t1`
                    ) - 2592000000000
                  ) - `t49`.`first_t`
                ) - (
                  MOD(
                    (
                      MOD(
                        (
                          (
                            SELECT
                              `t1`.`last_us`
                            FROM `microlift_facts` AS `t1`
                          ) - 2592000000000
                        ) - `t49`.`first_t`,
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
          ) - `t49`.`a`
        ) + 1
      ) AS `n_mature`,
      IF(
        `t49`.`macro_t` IS NULL,
        0,
        COALESCE(
          GREATEST(
            0,
            (
              LEAST(
                `t49`.`b`,
                CAST(ROUND(
                  ieee_divide(
                    (
                      (
                        (
                          SELECT
                            `t1`.`last_us`
                          FROM `microlift_facts` AS `t1`
                        ) - 2592000000000
                      ) - `t49`.`first_t`
                    ) - (
                      MOD(
                        (
                          MOD(
                            (
                              (
                                SELECT
                                  `t1`.`last_us`
                                FROM `microlift_facts` AS `t1`
                              ) - 2592000000000
                            ) - `t49`.`first_t`,
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
                `t49`.`a`,
                CAST(ROUND(
                  ieee_divide(
                    (
                      (
                        (
                          `t49`.`macro_t` - 2592000000000
                        ) - `t49`.`first_t`
                      ) + 86399999999
                    ) - (
                      MOD(
                        (
                          MOD(
                            (
                              (
                                `t49`.`macro_t` - 2592000000000
                              ) - `t49`.`first_t`
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
            `t49`.`b`,
            CAST(ROUND(
              ieee_divide(
                (
                  (
                    (
                      SELECT
                        `t1`.`last_us`
                      FROM `microlift_facts` AS `t1`
                    ) - 2592000000000
                  ) - `t49`.`first_t`
                ) - (
                  MOD(
                    (
                      MOD(
                        (
                          (
                            SELECT
                              `t1`.`last_us`
                            FROM `microlift_facts` AS `t1`
                          ) - 2592000000000
                        ) - `t49`.`first_t`,
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
          ) - `t49`.`a`
        ) + 1
      ) AS `n_lift`,
      IF(
        `t49`.`macro_t` IS NULL,
        0,
        COALESCE(
          GREATEST(
            0,
            (
              LEAST(
                `t49`.`b`,
                CAST(ROUND(
                  ieee_divide(
                    (
                      (
                        (
                          SELECT
                            `t1`.`last_us`
                          FROM `microlift_facts` AS `t1`
                        ) - 2592000000000
                      ) - `t49`.`first_t`
                    ) - (
                      MOD(
                        (
                          MOD(
                            (
                              (
                                SELECT
                                  `t1`.`last_us`
                                FROM `microlift_facts` AS `t1`
                              ) - 2592000000000
                            ) - `t49`.`first_t`,
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
                `t49`.`a`,
                CAST(ROUND(
                  ieee_divide(
                    (
                      (
                        (
                          `t49`.`macro_t` - 2592000000000
                        ) - `t49`.`first_t`
                      ) + 86399999999
                    ) - (
                      MOD(
                        (
                          MOD(
                            (
                              (
                                `t49`.`macro_t` - 2592000000000
                              ) - `t49`.`first_t`
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
        `t45`.`user`,
        `t45`.`bucket`,
        `t45`.`t`,
        `t45`.`seq`,
        `t45`.`event`,
        `t45`.`mask`,
        `t45`.`macro`,
        `t45`.`value`,
        `t45`.`session`,
        `t45`.`opens`,
        `t45`.`away`,
        `t45`.`tie`,
        `t45`.`first_t`,
        `t45`.`macro_seq`,
        `t45`.`macro_t`,
        `t45`.`step`,
        `t45`.`covered`,
        `t45`.`done_before`,
        `t45`.`carried`,
        `t45`.`count`,
        `t45`.`last_t`,
        `t45`.`next_t`,
        `t45`.`next_macro`,
        `t45`.`ahead_t`,
        `t45`.`ahead_step`,
        `t45`.`k_own`,
        `t45`.`k_ahead`,
        `t45`.`k_first`,
        `t45`.`k_last`,
        `t45`.`stale`,
        `t45`.`unreached`,
        `t45`.`final`,
        `t45`.`ticks`,
        `t45`.`is_moment`,
        `t45`.`done`,
        `t45`.`at`,
        `t45`.`depth`,
        `t45`.`end_t`,
        `t45`.`recency`,
        `t45`.`recency_low`,
        `t45`.`recency_high`,
        `t45`.`tenure`,
        `t45`.`tenure_low`,
        `t45`.`tenure_high`,
        GREATEST(
          `t45`.`k_first`,
          CAST(ROUND(
            ieee_divide(
              (
                (
                  `t45`.`t` - `t45`.`first_t`
                ) + `t45`.`recency_low` + 86399999999
              ) - (
                MOD(
                  (
                    MOD((
                      `t45`.`t` - `t45`.`first_t`
                    ) + `t45`.`recency_low` + 86399999999, 86400000000)
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
                `t45`.`tenure_low` + 86399999999
              ) - (
                MOD(
                  (
                    MOD(`t45`.`tenure_low` + 86399999999, 86400000000)
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
          `t45`.`k_last` - 1,
          CAST(ROUND(
            ieee_divide(
              (
                (
                  `t45`.`t` - `t45`.`first_t`
                ) + `t45`.`recency_high` + 86399999999
              ) - (
                MOD(
                  (
                    MOD(
                      (
                        `t45`.`t` - `t45`.`first_t`
                      ) + `t45`.`recency_high` + 86399999999,
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
                `t45`.`tenure_high` + 86399999999
              ) - (
                MOD(
                  (
                    MOD(`t45`.`tenure_high` + 86399999999, 86400000000)
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
          `t37`.`user`,
          `t37`.`bucket`,
          `t37`.`t`,
          `t37`.`seq`,
          `t37`.`event`,
          `t37`.`mask`,
          `t37`.`macro`,
          `t37`.`value`,
          `t37`.`session`,
          `t37`.`opens`,
          `t37`.`away`,
          `t37`.`tie`,
          `t37`.`first_t`,
          `t37`.`macro_seq`,
          `t37`.`macro_t`,
          `t37`.`step`,
          `t37`.`covered`,
          `t37`.`done_before`,
          `t37`.`carried`,
          `t37`.`count`,
          `t37`.`last_t`,
          `t37`.`next_t`,
          `t37`.`next_macro`,
          `t37`.`ahead_t`,
          `t37`.`ahead_step`,
          `t37`.`k_own`,
          `t37`.`k_ahead`,
          `t37`.`k_first`,
          `t37`.`k_last`,
          `t37`.`stale`,
          `t37`.`unreached`,
          `t37`.`final`,
          `t37`.`ticks`,
          `t37`.`is_moment`,
          `t37`.`done`,
          `t37`.`at`,
          `t37`.`depth`,
          `t37`.`end_t`,
          `t44`.`recency`,
          `t44`.`recency_low`,
          `t44`.`recency_high`,
          `t44`.`tenure`,
          `t44`.`tenure_low`,
          `t44`.`tenure_high`
        FROM (
          SELECT
            *
          FROM `microlift_moments` AS `t0`
          WHERE
            `t0`.`covered` AND `t0`.`ticks` > 1
        ) AS `t37`
        CROSS JOIN (
          SELECT
            `t40`.`recency`,
            `t40`.`recency_low`,
            `t40`.`recency_high`,
            `t42`.`tenure`,
            `t42`.`tenure_low`,
            `t42`.`tenure_high`
          FROM (
            SELECT
              *
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  7 AS `recency`,
                  1209600000000 AS `recency_low`,
                  1152921504606846976 AS `recency_high`
              ) AS `t3`
              UNION ALL
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
                ) AS `t4`
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    2 AS `recency`,
                    21600000000 AS `recency_low`,
                    86400000000 AS `recency_high`
                ) AS `t5`
              ) AS `t22`
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
                    3 AS `recency`,
                    86400000000 AS `recency_low`,
                    172800000000 AS `recency_high`
                ) AS `t6`
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    4 AS `recency`,
                    172800000000 AS `recency_low`,
                    345600000000 AS `recency_high`
                ) AS `t8`
              ) AS `t23`
              UNION ALL
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
                ) AS `t9`
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    6 AS `recency`,
                    604800000000 AS `recency_low`,
                    1209600000000 AS `recency_high`
                ) AS `t10`
              ) AS `t24`
            ) AS `t33`
          ) AS `t40`
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
                ) AS `t13`
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    9 AS `tenure`,
                    7776000000000 AS `tenure_low`,
                    10368000000000 AS `tenure_high`
                ) AS `t14`
              ) AS `t26`
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
                ) AS `t15`
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    11 AS `tenure`,
                    15552000000000 AS `tenure_low`,
                    1152921504606846976 AS `tenure_high`
                ) AS `t16`
              ) AS `t27`
            ) AS `t34`
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
                  ) AS `t17`
                ) AS `t28`
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
                  ) AS `t18`
                  UNION ALL
                  SELECT
                    *
                  FROM (
                    SELECT
                      3 AS `tenure`,
                      604800000000 AS `tenure_low`,
                      1209600000000 AS `tenure_high`
                  ) AS `t7`
                ) AS `t29`
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
                      4 AS `tenure`,
                      1209600000000 AS `tenure_low`,
                      1814400000000 AS `tenure_high`
                  ) AS `t19`
                  UNION ALL
                  SELECT
                    *
                  FROM (
                    SELECT
                      5 AS `tenure`,
                      1814400000000 AS `tenure_low`,
                      2592000000000 AS `tenure_high`
                  ) AS `t20`
                ) AS `t30`
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
                  ) AS `t11`
                  UNION ALL
                  SELECT
                    *
                  FROM (
                    SELECT
                      7 AS `tenure`,
                      3888000000000 AS `tenure_low`,
                      5184000000000 AS `tenure_high`
                  ) AS `t12`
                ) AS `t25`
              ) AS `t36`
            ) AS `t39`
          ) AS `t42`
        ) AS `t44`
      ) AS `t45`
    ) AS `t49`
    WHERE
      `t49`.`a` <= `t49`.`b`
  ) AS `t50`
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
              `t0`.`t` + 2592000000000
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
          `t0`.`t` + 2592000000000
        ) <= (
          SELECT
            `t1`.`last_us`
          FROM `microlift_facts` AS `t1`
        ) AS INT64) AS `n_mature`,
        CAST((
          (
            `t0`.`t` + 2592000000000
          ) <= (
            SELECT
              `t1`.`last_us`
            FROM `microlift_facts` AS `t1`
          )
        )
        AND COALESCE(`t0`.`macro_t` <= (
          `t0`.`t` + 2592000000000
        ), FALSE) AS INT64) AS `y`,
        CAST((
          (
            `t0`.`first_t` + (
              (
                `t0`.`k_own` + 1
              ) * 86400000000
            ) + 2592000000000
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
            ) + 2592000000000
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
            ) + 2592000000000
          ),
          FALSE
        ) AS INT64) AS `y_lift`,
        CAST((
          (
            `t0`.`first_t` + (
              (
                `t0`.`k_own` + 1
              ) * 86400000000
            ) + 2592000000000
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
    ) AS `t46`
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
        ) >= 604800000000 AS INT64) + CAST((
          (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            )
          ) - `t0`.`t`
        ) >= 1209600000000 AS INT64) AS INT64) AS INT64) AS `recency`,
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
              ) + 2592000000000
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
          ) + 2592000000000
        ) <= (
          SELECT
            `t1`.`last_us`
          FROM `microlift_facts` AS `t1`
        ) AS INT64) AS `n_mature`,
        CAST((
          (
            `t0`.`first_t` + (
              `t0`.`k_last` * 86400000000
            ) + 2592000000000
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
            ) + 2592000000000
          ),
          FALSE
        ) AS INT64) AS `y`,
        CAST((
          (
            `t0`.`first_t` + (
              (
                `t0`.`k_last` + 1
              ) * 86400000000
            ) + 2592000000000
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
            ) + 2592000000000
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
            ) + 2592000000000
          ),
          FALSE
        ) AS INT64) AS `y_lift`,
        CAST((
          (
            `t0`.`first_t` + (
              (
                `t0`.`k_last` + 1
              ) * 86400000000
            ) + 2592000000000
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
    ) AS `t47`
  ) AS `t48`
) AS `t51`
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
WITH `t33` AS (
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
          'occurrences' AS `part`,
          CAST(NULL AS STRING) AS `name`,
          `t31`.`mask`,
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
          `t31`.`n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM (
          SELECT
            `t25`.`mask`,
            COUNT(*) AS `n`
          FROM (
            SELECT
              *
            FROM `microlift_moments` AS `t2`
            WHERE
              `t2`.`macro` = 0
          ) AS `t25`
          GROUP BY
            1
        ) AS `t31`
      ) AS `t37`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          'firsts' AS `part`,
          CAST(NULL AS STRING) AS `name`,
          `t52`.`mask`,
          `t52`.`flag`,
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
          `t52`.`n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM (
          SELECT
            `t44`.`mask`,
            `t44`.`flag`,
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
                  `t2`.`t` + 2592000000000
                )
            ) AS `t34`
            WHERE
              `t34`.`mask` <> 0
          ) AS `t44`
          GROUP BY
            1,
            2
        ) AS `t52`
      ) AS `t56`
    ) AS `t57`
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
          COALESCE(`t38`.`covered`, 0) AS `n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM `t33` AS `t38`
      ) AS `t45`
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
          COALESCE(`t38`.`macros`, 0) AS `n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM `t33` AS `t38`
      ) AS `t46`
    ) AS `t49`
  ) AS `t60`
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
          COALESCE(`t38`.`revenue`, 0) AS `n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM `t33` AS `t38`
      ) AS `t47`
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
          COALESCE(`t38`.`all_macro_users`, 0) AS `n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM `t33` AS `t38`
      ) AS `t48`
    ) AS `t50`
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
          `t65`.`mask`,
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
          `t65`.`n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM (
          SELECT
            `t63`.`mask`,
            COUNT(*) AS `n`
          FROM (
            SELECT
              `t54`.`user`,
              MAX(
                CAST(IF((
                  `t54`.`mask` & 1
                ) <> 0, 1, IF(`t54`.`mask` IS NULL, NULL, 0)) AS INT64)
              ) + MAX(
                CAST(IF((
                  `t54`.`mask` & 2
                ) <> 0, 2, IF(`t54`.`mask` IS NULL, NULL, 0)) AS INT64)
              ) + MAX(
                CAST(IF((
                  `t54`.`mask` & 4
                ) <> 0, 4, IF(`t54`.`mask` IS NULL, NULL, 0)) AS INT64)
              ) AS `mask`
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
                `t5`.`tie`
              FROM `microlift_events` AS `t5`
              INNER JOIN (
                SELECT
                  `t26`.`user`,
                  MIN(`t26`.`session`) AS `session`
                FROM (
                  SELECT
                    *
                  FROM `microlift_events` AS `t3`
                  WHERE
                    `t3`.`macro` = 1
                ) AS `t26`
                GROUP BY
                  1
              ) AS `t40`
                ON `t5`.`user` = `t40`.`user` AND `t5`.`session` = `t40`.`session`
            ) AS `t54`
            GROUP BY
              1
          ) AS `t63`
          GROUP BY
            1
        ) AS `t65`
      ) AS `t67`
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
          `t0`.`recency`,
          `t0`.`depth`,
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
      ) AS `t6`
    ) AS `t68`
  ) AS `t70`
) AS `t72`
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
            'about' AS `part`,
            '7e43a1f26b4e2cb0' AS `name`,
            CAST(NULL AS INT64) AS `mask`,
            1 AS `flag`,
            `t27`.`code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t27`.`n`,
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
          ) AS `t27`
        ) AS `t32`
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
            `t1`.`users` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t7`
      ) AS `t36`
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
            `t1`.`events` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t8`
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
            `t1`.`sessions` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t9`
      ) AS `t20`
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
            `t1`.`empty` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t10`
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
            `t1`.`first_us` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t11`
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
            `t1`.`last_us` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t12`
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
            `t1`.`macros` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t13`
      ) AS `t22`
    ) AS `t28`
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
            `t1`.`value` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t14`
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
            `t1`.`missing` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t15`
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
            `t1`.`negative` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t16`
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
            `t1`.`starts` AS `n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM `microlift_facts` AS `t1`
        ) AS `t17`
      ) AS `t24`
    ) AS `t29`
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
            'row' AS `part`,
            `t66`.`name`,
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
            `t66`.`n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM (
            SELECT
              `t64`.`name`,
              COUNT(*) AS `n`
            FROM (
              SELECT
                CASE
                  WHEN (
                    `t61`.`user` = ''
                  ) AND (
                    `t61`.`event` = ''
                  ) AND NOT (
                    `t61`.`timed`
                  )
                  THEN 'unreadable row'
                  WHEN `t61`.`user` = ''
                  THEN 'no user'
                  WHEN NOT (
                    `t61`.`timed`
                  )
                  THEN 'no time'
                  WHEN `t61`.`t` IS NULL
                  THEN 'unreadable time'
                  WHEN `t61`.`event` = ''
                  THEN 'no event'
                  ELSE ''
                END AS `name`
              FROM (
                SELECT
                  `t58`.*
                  EXCEPT (`number`)
                FROM (
                  SELECT
                    `t42`.`user`,
                    `t42`.`event`,
                    `t42`.`t`,
                    `t42`.`timed`,
                    `t42`.`mask`,
                    `t42`.`macro`,
                    `t42`.`number`,
                    `t42`.`known`,
                    CAST(CASE
                      WHEN `t42`.`macro` = 1
                      THEN 31
                      WHEN (
                        `t42`.`mask` & 1
                      ) <> 0
                      THEN 1
                      WHEN (
                        `t42`.`mask` & 2
                      ) <> 0
                      THEN 2
                      ELSE 0
                    END AS INT64) AS `rank`,
                    IF((
                      `t42`.`known` = 1
                    ) AND (
                      `t42`.`number` <> 0.0
                    ), `t42`.`number`, 0.0) AS `v`
                  FROM (
                    SELECT
                      COALESCE(`t4`.`user_id`, '') AS `user`,
                      COALESCE(`t4`.`event`, '') AS `event`,
                      IF(
                        (
                          UNIX_MICROS(`t4`.`timestamp`) >= -5364662400000000
                        )
                        AND (
                          UNIX_MICROS(`t4`.`timestamp`) < 7258118400000000
                        ),
                        UNIX_MICROS(`t4`.`timestamp`),
                        CAST(NULL AS INT64)
                      ) AS `t`,
                      `t4`.`timestamp` IS NOT NULL AS `timed`,
                      0 + CAST(IF(COALESCE(`t4`.`event` IN ('demo'), FALSE), 1, 0) AS INT64) + CAST(IF(COALESCE(`t4`.`event` IN ('offer'), FALSE), 2, 0) AS INT64) AS `mask`,
                      CAST(COALESCE(`t4`.`event` IN ('signed'), FALSE) AS INT64) AS `macro`,
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
                    FROM `shop`.`web`.`events` AS `t4`
                  ) AS `t42`
                ) AS `t58`
              ) AS `t61`
            ) AS `t64`
            GROUP BY
              1
          ) AS `t66`
        ) AS `t69`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            'event' AS `part`,
            `t39`.`name`,
            CAST(NULL AS INT64) AS `mask`,
            CAST(NULL AS INT64) AS `flag`,
            `t39`.`code`,
            CAST(NULL AS INT64) AS `at`,
            CAST(NULL AS INT64) AS `arrive`,
            CAST(NULL AS INT64) AS `recency`,
            CAST(NULL AS INT64) AS `depth`,
            CAST(NULL AS INT64) AS `tenure`,
            CAST(NULL AS INT64) AS `fresh`,
            CAST(NULL AS INT64) AS `done`,
            CAST(NULL AS INT64) AS `next`,
            CAST(NULL AS INT64) AS `bucket`,
            `t39`.`n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM (
            SELECT
              `t19`.`name`,
              `t19`.`n`,
              ROW_NUMBER() OVER (ORDER BY `t19`.`n` DESC, `t19`.`name` ASC) - 1 AS `code`
            FROM (
              SELECT
                `t3`.`event` AS `name`,
                COUNT(*) AS `n`
              FROM `microlift_events` AS `t3`
              GROUP BY
                1
            ) AS `t19`
          ) AS `t39`
          WHERE
            (
              `t39`.`code` < 50
            ) OR `t39`.`name` IN ('demo', 'offer', 'signed')
        ) AS `t53`
      ) AS `t71`
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
            `t18`.`mask`,
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
            `t18`.`n`,
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
          ) AS `t18`
        ) AS `t30`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            'doers' AS `part`,
            CAST(NULL AS STRING) AS `name`,
            `t55`.`mask`,
            `t55`.`flag`,
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
            `t55`.`n`,
            CAST(NULL AS INT64) AS `n_mature`,
            CAST(NULL AS INT64) AS `y`,
            CAST(NULL AS INT64) AS `n_lift`,
            CAST(NULL AS INT64) AS `y_lift`,
            CAST(NULL AS INT64) AS `n_cut`
          FROM (
            SELECT
              `t51`.`mask`,
              `t51`.`flag`,
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
            ) AS `t51`
            GROUP BY
              1,
              2
          ) AS `t55`
        ) AS `t59`
      ) AS `t62`
    ) AS `t73`
  ) AS `t74`
) AS `t75`;
