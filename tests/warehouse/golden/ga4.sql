-- microlift: from the events in shop.analytics_123.events_* to the cells of plan 8bac093f71952518
-- (layout 1, bigquery). The last table, exported as Parquet, is what
-- `microlift lift --cells` reads. Columns are taken to be of these types:
--   user_id: string
--   user_pseudo_id: string
--   event_timestamp: int64
--   event_name: string
--   session_traffic_source_last_click: struct<cross_channel_campaign: struct<source: string, medium: string, campaign_name: string>, google_ads_campaign: struct<campaign_name: string>, manual_campaign: struct<source: string, medium: string, campaign_name: string>>
--   collected_traffic_source: struct<manual_source: string, manual_medium: string, manual_campaign_name: string>
--   traffic_source: struct<source: string, medium: string, name: string>
--   batch_page_id: int64
--   batch_ordering_id: int64
--   batch_event_index: int64
--   event_params: array<struct<key: string, value: struct<string_value: string, int_value: int64, float_value: float64, double_value: float64>>>
--   ecommerce: struct<purchase_revenue: float64, transaction_id: string, refund_value: float64>
--   geo: struct<country: string>
--   event_date: string
--   privacy_info: struct<analytics_storage: string>

-- events of the export, flat
CREATE TABLE `shop`.`work`.`microlift_export` AS
SELECT
  COALESCE(NULLIF(`t0`.`user_id`, ''), NULLIF(`t0`.`user_pseudo_id`, '')) AS `c0`,
  `t0`.`event_timestamp` AS `c1`,
  NULLIF(`t0`.`event_name`, '') AS `c2`,
  CASE
    WHEN NULLIF(
      NULLIF(`t0`.`session_traffic_source_last_click`.`cross_channel_campaign`.`source`, ''),
      '(not set)'
    ) IS NOT NULL
    THEN CONCAT(
      CONCAT(
        NULLIF(
          NULLIF(`t0`.`session_traffic_source_last_click`.`cross_channel_campaign`.`source`, ''),
          '(not set)'
        ),
        ' / '
      ),
      COALESCE(
        NULLIF(
          NULLIF(`t0`.`session_traffic_source_last_click`.`cross_channel_campaign`.`medium`, ''),
          '(not set)'
        ),
        '(none)'
      )
    )
    WHEN IF(
      NULLIF(
        NULLIF(`t0`.`session_traffic_source_last_click`.`google_ads_campaign`.`campaign_name`, ''),
        '(not set)'
      ) IS NOT NULL,
      'google',
      NULL
    ) IS NOT NULL
    THEN CONCAT(
      CONCAT(
        IF(
          NULLIF(
            NULLIF(`t0`.`session_traffic_source_last_click`.`google_ads_campaign`.`campaign_name`, ''),
            '(not set)'
          ) IS NOT NULL,
          'google',
          NULL
        ),
        ' / '
      ),
      COALESCE(
        IF(
          NULLIF(
            NULLIF(`t0`.`session_traffic_source_last_click`.`google_ads_campaign`.`campaign_name`, ''),
            '(not set)'
          ) IS NOT NULL,
          'cpc',
          NULL
        ),
        '(none)'
      )
    )
    WHEN NULLIF(
      NULLIF(`t0`.`session_traffic_source_last_click`.`manual_campaign`.`source`, ''),
      '(not set)'
    ) IS NOT NULL
    THEN CONCAT(
      CONCAT(
        NULLIF(
          NULLIF(`t0`.`session_traffic_source_last_click`.`manual_campaign`.`source`, ''),
          '(not set)'
        ),
        ' / '
      ),
      COALESCE(
        NULLIF(
          NULLIF(`t0`.`session_traffic_source_last_click`.`manual_campaign`.`medium`, ''),
          '(not set)'
        ),
        '(none)'
      )
    )
    WHEN NULLIF(NULLIF(`t0`.`collected_traffic_source`.`manual_source`, ''), '(not set)') IS NOT NULL
    THEN CONCAT(
      CONCAT(
        NULLIF(NULLIF(`t0`.`collected_traffic_source`.`manual_source`, ''), '(not set)'),
        ' / '
      ),
      COALESCE(
        NULLIF(NULLIF(`t0`.`collected_traffic_source`.`manual_medium`, ''), '(not set)'),
        '(none)'
      )
    )
    WHEN NULLIF(NULLIF(`t0`.`traffic_source`.`source`, ''), '(not set)') IS NOT NULL
    THEN CONCAT(
      CONCAT(NULLIF(NULLIF(`t0`.`traffic_source`.`source`, ''), '(not set)'), ' / '),
      COALESCE(NULLIF(NULLIF(`t0`.`traffic_source`.`medium`, ''), '(not set)'), '(none)')
    )
    ELSE CAST(NULL AS STRING)
  END AS `c3`,
  `t0`.`batch_page_id` AS `c4`,
  `t0`.`batch_ordering_id` AS `c5`,
  `t0`.`batch_event_index` AS `c6`,
  COALESCE(
    ARRAY(
      SELECT
        __ibis_param_each__
      FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
      WHERE
        __ibis_param_each__.`key` = 'ga_session_id'
    )[safe_offset(0)].`value`.`string_value`,
    CAST(ARRAY(
      SELECT
        __ibis_param_each__
      FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
      WHERE
        __ibis_param_each__.`key` = 'ga_session_id'
    )[safe_offset(0)].`value`.`int_value` AS STRING)
  ) AS `c7`,
  COALESCE(
    NULLIF(`t0`.`ecommerce`.`purchase_revenue`, 0.0),
    IF(
      (
        ARRAY(
          SELECT
            __ibis_param_each__
          FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
          WHERE
            __ibis_param_each__.`key` = 'value'
        )[safe_offset(0)].`value`.`string_value`
      ) IS NULL,
      COALESCE(
        CAST(ARRAY(
          SELECT
            __ibis_param_each__
          FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
          WHERE
            __ibis_param_each__.`key` = 'value'
        )[safe_offset(0)].`value`.`int_value` AS FLOAT64),
        COALESCE(
          ARRAY(
            SELECT
              __ibis_param_each__
            FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
            WHERE
              __ibis_param_each__.`key` = 'value'
          )[safe_offset(0)].`value`.`double_value`,
          ARRAY(
            SELECT
              __ibis_param_each__
            FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
            WHERE
              __ibis_param_each__.`key` = 'value'
          )[safe_offset(0)].`value`.`float_value`
        )
      ),
      SAFE_CAST(IF(
        COALESCE(
          REGEXP_CONTAINS(
            ARRAY(
              SELECT
                __ibis_param_each__
              FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
              WHERE
                __ibis_param_each__.`key` = 'value'
            )[safe_offset(0)].`value`.`string_value`,
            '^[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9][0-9]?)?$'
          ),
          FALSE
        ),
        ARRAY(
          SELECT
            __ibis_param_each__
          FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
          WHERE
            __ibis_param_each__.`key` = 'value'
        )[safe_offset(0)].`value`.`string_value`,
        CAST(NULL AS STRING)
      ) AS FLOAT64)
    ),
    `t0`.`ecommerce`.`purchase_revenue`
  ) AS `c8`,
  COALESCE(
    ARRAY(
      SELECT
        __ibis_param_each__
      FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
      WHERE
        __ibis_param_each__.`key` = 'currency'
    )[safe_offset(0)].`value`.`string_value`,
    CAST(ARRAY(
      SELECT
        __ibis_param_each__
      FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
      WHERE
        __ibis_param_each__.`key` = 'currency'
    )[safe_offset(0)].`value`.`int_value` AS STRING)
  ) AS `c9`,
  NULLIF(`t0`.`geo`.`country`, '') AS `c10`,
  IF(
    (
      ARRAY(
        SELECT
          __ibis_param_each__
        FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
        WHERE
          __ibis_param_each__.`key` = 'percent_scrolled'
      )[safe_offset(0)].`value`.`string_value`
    ) IS NULL,
    COALESCE(
      CAST(ARRAY(
        SELECT
          __ibis_param_each__
        FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
        WHERE
          __ibis_param_each__.`key` = 'percent_scrolled'
      )[safe_offset(0)].`value`.`int_value` AS FLOAT64),
      COALESCE(
        ARRAY(
          SELECT
            __ibis_param_each__
          FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
          WHERE
            __ibis_param_each__.`key` = 'percent_scrolled'
        )[safe_offset(0)].`value`.`double_value`,
        ARRAY(
          SELECT
            __ibis_param_each__
          FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
          WHERE
            __ibis_param_each__.`key` = 'percent_scrolled'
        )[safe_offset(0)].`value`.`float_value`
      )
    ),
    SAFE_CAST(IF(
      COALESCE(
        REGEXP_CONTAINS(
          ARRAY(
            SELECT
              __ibis_param_each__
            FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
            WHERE
              __ibis_param_each__.`key` = 'percent_scrolled'
          )[safe_offset(0)].`value`.`string_value`,
          '^[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9][0-9]?)?$'
        ),
        FALSE
      ),
      ARRAY(
        SELECT
          __ibis_param_each__
        FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
        WHERE
          __ibis_param_each__.`key` = 'percent_scrolled'
      )[safe_offset(0)].`value`.`string_value`,
      CAST(NULL AS STRING)
    ) AS FLOAT64)
  ) AS `c11`,
  `t0`.`event_timestamp` AS `at`,
  DATE_DIFF(
    SAFE_CAST(IF(
      COALESCE(
        REGEXP_CONTAINS(REPLACE(NULLIF(`t0`.`event_date`, ''), '-', ''), '^[0-9]{8}$'),
        FALSE
      ),
      CONCAT(
        CONCAT(
          CONCAT(
            CONCAT(
              SUBSTRING(
                REPLACE(NULLIF(`t0`.`event_date`, ''), '-', ''),
                IF(
                  (
                    0 + 1
                  ) >= 1,
                  0 + 1,
                  0 + 1 + LENGTH(REPLACE(NULLIF(`t0`.`event_date`, ''), '-', ''))
                ),
                4
              ),
              '-'
            ),
            SUBSTRING(
              REPLACE(NULLIF(`t0`.`event_date`, ''), '-', ''),
              IF(
                (
                  4 + 1
                ) >= 1,
                4 + 1,
                4 + 1 + LENGTH(REPLACE(NULLIF(`t0`.`event_date`, ''), '-', ''))
              ),
              2
            )
          ),
          '-'
        ),
        SUBSTRING(
          REPLACE(NULLIF(`t0`.`event_date`, ''), '-', ''),
          IF(
            (
              6 + 1
            ) >= 1,
            6 + 1,
            6 + 1 + LENGTH(REPLACE(NULLIF(`t0`.`event_date`, ''), '-', ''))
          ),
          2
        )
      ),
      CAST(NULL AS STRING)
    ) AS DATE),
    DATE(1970, 1, 1),
    DAY
  ) AS `day`,
  NULLIF(`t0`.`event_name`, '') AS `name`,
  CAST(COALESCE(LOWER(NULLIF(`t0`.`privacy_info`.`analytics_storage`, '')) = 'no', FALSE) AS INT64) AS `denied`,
  NULLIF(`t0`.`user_id`, '') AS `account`,
  NULLIF(`t0`.`user_pseudo_id`, '') AS `browser`,
  COALESCE(
    NULLIF(NULLIF(`t0`.`ecommerce`.`transaction_id`, ''), '(not set)'),
    NULLIF(
      NULLIF(
        COALESCE(
          ARRAY(
            SELECT
              __ibis_param_each__
            FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
            WHERE
              __ibis_param_each__.`key` = 'transaction_id'
          )[safe_offset(0)].`value`.`string_value`,
          CAST(ARRAY(
            SELECT
              __ibis_param_each__
            FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
            WHERE
              __ibis_param_each__.`key` = 'transaction_id'
          )[safe_offset(0)].`value`.`int_value` AS STRING)
        ),
        ''
      ),
      '(not set)'
    )
  ) AS `transaction`,
  CAST(CAST(ROUND(
    CAST(IF(
      COALESCE(
        (
          COALESCE(
            NULLIF(`t0`.`ecommerce`.`purchase_revenue`, 0.0),
            IF(
              (
                ARRAY(
                  SELECT
                    __ibis_param_each__
                  FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
                  WHERE
                    __ibis_param_each__.`key` = 'value'
                )[safe_offset(0)].`value`.`string_value`
              ) IS NULL,
              COALESCE(
                CAST(ARRAY(
                  SELECT
                    __ibis_param_each__
                  FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
                  WHERE
                    __ibis_param_each__.`key` = 'value'
                )[safe_offset(0)].`value`.`int_value` AS FLOAT64),
                COALESCE(
                  ARRAY(
                    SELECT
                      __ibis_param_each__
                    FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
                    WHERE
                      __ibis_param_each__.`key` = 'value'
                  )[safe_offset(0)].`value`.`double_value`,
                  ARRAY(
                    SELECT
                      __ibis_param_each__
                    FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
                    WHERE
                      __ibis_param_each__.`key` = 'value'
                  )[safe_offset(0)].`value`.`float_value`
                )
              ),
              SAFE_CAST(IF(
                COALESCE(
                  REGEXP_CONTAINS(
                    ARRAY(
                      SELECT
                        __ibis_param_each__
                      FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
                      WHERE
                        __ibis_param_each__.`key` = 'value'
                    )[safe_offset(0)].`value`.`string_value`,
                    '^[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9][0-9]?)?$'
                  ),
                  FALSE
                ),
                ARRAY(
                  SELECT
                    __ibis_param_each__
                  FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
                  WHERE
                    __ibis_param_each__.`key` = 'value'
                )[safe_offset(0)].`value`.`string_value`,
                CAST(NULL AS STRING)
              ) AS FLOAT64)
            ),
            `t0`.`ecommerce`.`purchase_revenue`
          ) IS NOT NULL
        )
        AND NOT (
          IS_NAN(
            COALESCE(
              NULLIF(`t0`.`ecommerce`.`purchase_revenue`, 0.0),
              IF(
                (
                  ARRAY(
                    SELECT
                      __ibis_param_each__
                    FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
                    WHERE
                      __ibis_param_each__.`key` = 'value'
                  )[safe_offset(0)].`value`.`string_value`
                ) IS NULL,
                COALESCE(
                  CAST(ARRAY(
                    SELECT
                      __ibis_param_each__
                    FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
                    WHERE
                      __ibis_param_each__.`key` = 'value'
                  )[safe_offset(0)].`value`.`int_value` AS FLOAT64),
                  COALESCE(
                    ARRAY(
                      SELECT
                        __ibis_param_each__
                      FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
                      WHERE
                        __ibis_param_each__.`key` = 'value'
                    )[safe_offset(0)].`value`.`double_value`,
                    ARRAY(
                      SELECT
                        __ibis_param_each__
                      FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
                      WHERE
                        __ibis_param_each__.`key` = 'value'
                    )[safe_offset(0)].`value`.`float_value`
                  )
                ),
                SAFE_CAST(IF(
                  COALESCE(
                    REGEXP_CONTAINS(
                      ARRAY(
                        SELECT
                          __ibis_param_each__
                        FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
                        WHERE
                          __ibis_param_each__.`key` = 'value'
                      )[safe_offset(0)].`value`.`string_value`,
                      '^[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9][0-9]?)?$'
                    ),
                    FALSE
                  ),
                  ARRAY(
                    SELECT
                      __ibis_param_each__
                    FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
                    WHERE
                      __ibis_param_each__.`key` = 'value'
                  )[safe_offset(0)].`value`.`string_value`,
                  CAST(NULL AS STRING)
                ) AS FLOAT64)
              ),
              `t0`.`ecommerce`.`purchase_revenue`
            )
          )
        )
        AND (
          ABS(
            COALESCE(
              NULLIF(`t0`.`ecommerce`.`purchase_revenue`, 0.0),
              IF(
                (
                  ARRAY(
                    SELECT
                      __ibis_param_each__
                    FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
                    WHERE
                      __ibis_param_each__.`key` = 'value'
                  )[safe_offset(0)].`value`.`string_value`
                ) IS NULL,
                COALESCE(
                  CAST(ARRAY(
                    SELECT
                      __ibis_param_each__
                    FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
                    WHERE
                      __ibis_param_each__.`key` = 'value'
                  )[safe_offset(0)].`value`.`int_value` AS FLOAT64),
                  COALESCE(
                    ARRAY(
                      SELECT
                        __ibis_param_each__
                      FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
                      WHERE
                        __ibis_param_each__.`key` = 'value'
                    )[safe_offset(0)].`value`.`double_value`,
                    ARRAY(
                      SELECT
                        __ibis_param_each__
                      FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
                      WHERE
                        __ibis_param_each__.`key` = 'value'
                    )[safe_offset(0)].`value`.`float_value`
                  )
                ),
                SAFE_CAST(IF(
                  COALESCE(
                    REGEXP_CONTAINS(
                      ARRAY(
                        SELECT
                          __ibis_param_each__
                        FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
                        WHERE
                          __ibis_param_each__.`key` = 'value'
                      )[safe_offset(0)].`value`.`string_value`,
                      '^[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9][0-9]?)?$'
                    ),
                    FALSE
                  ),
                  ARRAY(
                    SELECT
                      __ibis_param_each__
                    FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
                    WHERE
                      __ibis_param_each__.`key` = 'value'
                  )[safe_offset(0)].`value`.`string_value`,
                  CAST(NULL AS STRING)
                ) AS FLOAT64)
              ),
              `t0`.`ecommerce`.`purchase_revenue`
            )
          ) < 9200000000000.0
        ),
        FALSE
      ),
      COALESCE(
        NULLIF(`t0`.`ecommerce`.`purchase_revenue`, 0.0),
        IF(
          (
            ARRAY(
              SELECT
                __ibis_param_each__
              FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
              WHERE
                __ibis_param_each__.`key` = 'value'
            )[safe_offset(0)].`value`.`string_value`
          ) IS NULL,
          COALESCE(
            CAST(ARRAY(
              SELECT
                __ibis_param_each__
              FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
              WHERE
                __ibis_param_each__.`key` = 'value'
            )[safe_offset(0)].`value`.`int_value` AS FLOAT64),
            COALESCE(
              ARRAY(
                SELECT
                  __ibis_param_each__
                FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
                WHERE
                  __ibis_param_each__.`key` = 'value'
              )[safe_offset(0)].`value`.`double_value`,
              ARRAY(
                SELECT
                  __ibis_param_each__
                FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
                WHERE
                  __ibis_param_each__.`key` = 'value'
              )[safe_offset(0)].`value`.`float_value`
            )
          ),
          SAFE_CAST(IF(
            COALESCE(
              REGEXP_CONTAINS(
                ARRAY(
                  SELECT
                    __ibis_param_each__
                  FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
                  WHERE
                    __ibis_param_each__.`key` = 'value'
                )[safe_offset(0)].`value`.`string_value`,
                '^[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9][0-9]?)?$'
              ),
              FALSE
            ),
            ARRAY(
              SELECT
                __ibis_param_each__
              FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
              WHERE
                __ibis_param_each__.`key` = 'value'
            )[safe_offset(0)].`value`.`string_value`,
            CAST(NULL AS STRING)
          ) AS FLOAT64)
        ),
        `t0`.`ecommerce`.`purchase_revenue`
      ),
      CAST(NULL AS FLOAT64)
    ) AS NUMERIC) * 1000000,
    0
  ) AS NUMERIC) AS INT64) AS `revenue`,
  ABS(
    CAST(CAST(ROUND(
      CAST(IF(
        COALESCE(
          (
            (
              `t0`.`ecommerce`.`refund_value`
            ) IS NOT NULL
          )
          AND NOT (
            IS_NAN(`t0`.`ecommerce`.`refund_value`)
          )
          AND (
            ABS(`t0`.`ecommerce`.`refund_value`) < 9200000000000.0
          ),
          FALSE
        ),
        `t0`.`ecommerce`.`refund_value`,
        CAST(NULL AS FLOAT64)
      ) AS NUMERIC) * 1000000,
      0
    ) AS NUMERIC) AS INT64)
  ) AS `refund`,
  CAST((
    (
      ARRAY(
        SELECT
          __ibis_param_each__
        FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
        WHERE
          __ibis_param_each__.`key` = 'ga_session_id'
      )[safe_offset(0)].`value`.`string_value`
    ) IS NULL
  )
  AND (
    (
      ARRAY(
        SELECT
          __ibis_param_each__
        FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
        WHERE
          __ibis_param_each__.`key` = 'ga_session_id'
      )[safe_offset(0)].`value`.`int_value`
    ) IS NULL
  )
  AND (
    COALESCE(
      ARRAY(
        SELECT
          __ibis_param_each__
        FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
        WHERE
          __ibis_param_each__.`key` = 'ga_session_id'
      )[safe_offset(0)].`value`.`double_value`,
      ARRAY(
        SELECT
          __ibis_param_each__
        FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
        WHERE
          __ibis_param_each__.`key` = 'ga_session_id'
      )[safe_offset(0)].`value`.`float_value`
    ) IS NOT NULL
  ) AS INT64) AS `f0`,
  CAST((
    (
      ARRAY(
        SELECT
          __ibis_param_each__
        FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
        WHERE
          __ibis_param_each__.`key` = 'currency'
      )[safe_offset(0)].`value`.`string_value`
    ) IS NULL
  )
  AND (
    (
      ARRAY(
        SELECT
          __ibis_param_each__
        FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
        WHERE
          __ibis_param_each__.`key` = 'currency'
      )[safe_offset(0)].`value`.`int_value`
    ) IS NULL
  )
  AND (
    COALESCE(
      ARRAY(
        SELECT
          __ibis_param_each__
        FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
        WHERE
          __ibis_param_each__.`key` = 'currency'
      )[safe_offset(0)].`value`.`double_value`,
      ARRAY(
        SELECT
          __ibis_param_each__
        FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
        WHERE
          __ibis_param_each__.`key` = 'currency'
      )[safe_offset(0)].`value`.`float_value`
    ) IS NOT NULL
  ) AS INT64) AS `f1`,
  CAST((
    (
      ARRAY(
        SELECT
          __ibis_param_each__
        FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
        WHERE
          __ibis_param_each__.`key` = 'transaction_id'
      )[safe_offset(0)].`value`.`string_value`
    ) IS NULL
  )
  AND (
    (
      ARRAY(
        SELECT
          __ibis_param_each__
        FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
        WHERE
          __ibis_param_each__.`key` = 'transaction_id'
      )[safe_offset(0)].`value`.`int_value`
    ) IS NULL
  )
  AND (
    COALESCE(
      ARRAY(
        SELECT
          __ibis_param_each__
        FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
        WHERE
          __ibis_param_each__.`key` = 'transaction_id'
      )[safe_offset(0)].`value`.`double_value`,
      ARRAY(
        SELECT
          __ibis_param_each__
        FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
        WHERE
          __ibis_param_each__.`key` = 'transaction_id'
      )[safe_offset(0)].`value`.`float_value`
    ) IS NOT NULL
  ) AS INT64) AS `f2`,
  COALESCE(
    ARRAY(
      SELECT
        __ibis_param_each__
      FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
      WHERE
        __ibis_param_each__.`key` = 'percent_scrolled'
    )[safe_offset(0)].`value`.`string_value`,
    CAST(ARRAY(
      SELECT
        __ibis_param_each__
      FROM UNNEST(`t0`.`event_params`) AS __ibis_param_each__
      WHERE
        __ibis_param_each__.`key` = 'percent_scrolled'
    )[safe_offset(0)].`value`.`int_value` AS STRING)
  ) AS `s11`
FROM `shop`.`analytics_123`.`events_*` AS `t0`
WHERE
  REGEXP_CONTAINS(`t0`.`_TABLE_SUFFIX`, '^[0-9]+$');

-- macros with a transaction, each once
CREATE TABLE `shop`.`work`.`microlift_sales` AS
SELECT
  `t10`.`c0`,
  `t10`.`c1`,
  `t10`.`c2`,
  `t10`.`c3`,
  `t10`.`c4`,
  `t10`.`c5`,
  `t10`.`c6`,
  `t10`.`c7`,
  IF(
    COALESCE((
      `t7`.`of` IS NOT NULL
    ) AND (
      `t10`.`revenue` > 0
    ), FALSE),
    ieee_divide(CAST(`t10`.`revenue` - COALESCE(`t7`.`back`, 0) AS FLOAT64), 1000000.0),
    `t10`.`c8`
  ) AS `c8`,
  `t10`.`c9`,
  `t10`.`c10`,
  `t10`.`c11`,
  `t10`.`s11`,
  CAST(COALESCE(
    (
      `t7`.`of` IS NOT NULL
    )
    AND (
      (
        `t7`.`whole` = 1
      )
      OR (
        COALESCE(`t7`.`back`, 0) >= COALESCE(`t10`.`revenue`, 0)
      )
    ),
    FALSE
  ) AS INT64) AS `undone`
FROM (
  SELECT
    `t8`.*
    EXCEPT (`nth`)
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t4`.`c0`,
        `t4`.`c1`,
        `t4`.`c2`,
        `t4`.`c3`,
        `t4`.`c4`,
        `t4`.`c5`,
        `t4`.`c6`,
        `t4`.`c7`,
        `t4`.`c8`,
        `t4`.`c9`,
        `t4`.`c10`,
        `t4`.`c11`,
        `t4`.`at`,
        `t4`.`day`,
        `t4`.`name`,
        `t4`.`denied`,
        `t4`.`account`,
        `t4`.`browser`,
        `t4`.`transaction`,
        `t4`.`revenue`,
        `t4`.`refund`,
        `t4`.`f0`,
        `t4`.`f1`,
        `t4`.`f2`,
        `t4`.`s11`,
        ROW_NUMBER() OVER (
          PARTITION BY `t4`.`transaction`
          ORDER BY `t4`.`at` ASC, `t4`.`c0` ASC, `t4`.`c1` ASC, `t4`.`c2` ASC, `t4`.`c3` ASC, `t4`.`c4` ASC, `t4`.`c5` ASC, `t4`.`c6` ASC, `t4`.`c7` ASC, `t4`.`c8` ASC, `t4`.`c9` ASC, `t4`.`c10` ASC, `t4`.`c11` ASC, `t4`.`day` ASC, `t4`.`name` ASC, `t4`.`denied` ASC, `t4`.`account` ASC, `t4`.`browser` ASC, `t4`.`transaction` ASC, `t4`.`revenue` ASC, `t4`.`refund` ASC
        ) - 1 AS `nth`
      FROM (
        SELECT
          *
        FROM `shop`.`work`.`microlift_export` AS `t0`
        WHERE
          NOT (
            (
              `t0`.`account` IS NULL
            )
            AND (
              `t0`.`browser` IS NULL
            )
            AND (
              `t0`.`name` IS NOT NULL
            )
            AND (
              `t0`.`denied` = 1
            )
          )
          AND NOT (
            COALESCE(
              `t0`.`day` > (
                (
                  SELECT
                    MAX(`t1`.`day`) AS `last`
                  FROM (
                    SELECT
                      *
                    FROM `shop`.`work`.`microlift_export` AS `t0`
                    WHERE
                      NOT (
                        (
                          `t0`.`account` IS NULL
                        )
                        AND (
                          `t0`.`browser` IS NULL
                        )
                        AND (
                          `t0`.`name` IS NOT NULL
                        )
                        AND (
                          `t0`.`denied` = 1
                        )
                      )
                  ) AS `t1`
                ) - 3
              ),
              FALSE
            )
          )
          AND COALESCE(
            `t0`.`name` IN ('purchase')
            AND (
              `t0`.`name` <> 'refund'
            )
            AND (
              `t0`.`transaction` IS NOT NULL
            ),
            FALSE
          )
      ) AS `t4`
    ) AS `t5`
    WHERE
      `t5`.`nth` = 0
  ) AS `t8`
) AS `t10`
LEFT OUTER JOIN (
  SELECT
    `t3`.`transaction` AS `of`,
    SUM(`t3`.`refund`) AS `back`,
    MAX(CAST(COALESCE(`t3`.`refund`, 0) <= 0 AS INT64)) AS `whole`
  FROM (
    SELECT DISTINCT
      `t0`.`transaction`,
      `t0`.`at`,
      `t0`.`refund`
    FROM `shop`.`work`.`microlift_export` AS `t0`
    WHERE
      NOT (
        (
          `t0`.`account` IS NULL
        )
        AND (
          `t0`.`browser` IS NULL
        )
        AND (
          `t0`.`name` IS NOT NULL
        )
        AND (
          `t0`.`denied` = 1
        )
      )
      AND NOT (
        COALESCE(
          `t0`.`day` > (
            (
              SELECT
                MAX(`t1`.`day`) AS `last`
              FROM (
                SELECT
                  *
                FROM `shop`.`work`.`microlift_export` AS `t0`
                WHERE
                  NOT (
                    (
                      `t0`.`account` IS NULL
                    )
                    AND (
                      `t0`.`browser` IS NULL
                    )
                    AND (
                      `t0`.`name` IS NOT NULL
                    )
                    AND (
                      `t0`.`denied` = 1
                    )
                  )
              ) AS `t1`
            ) - 3
          ),
          FALSE
        )
      )
      AND `t0`.`name` = 'refund'
      AND `t0`.`transaction` IS NOT NULL
  ) AS `t3`
  GROUP BY
    1
) AS `t7`
  ON `t10`.`transaction` = `t7`.`of`;

-- what is left out, one row
CREATE TABLE `shop`.`work`.`microlift_aside` AS
SELECT
  `t9`.*
  EXCEPT (`first`)
FROM (
  SELECT
    `t8`.`n0`,
    `t8`.`n1`,
    `t8`.`n2` - `t8`.`first` AS `n2`,
    `t8`.`n3`,
    `t8`.`n4`,
    `t8`.`n5`,
    `t8`.`n6`,
    `t8`.`n7`,
    `t8`.`first`,
    `t8`.`undone`
  FROM (
    SELECT
      `t7`.`n0`,
      `t7`.`n1`,
      `t7`.`n2`,
      `t7`.`n3`,
      `t7`.`n4`,
      `t7`.`n5`,
      `t7`.`n6`,
      `t7`.`n7`,
      `t3`.`first`,
      `t3`.`undone`
    FROM (
      SELECT
        COALESCE(
          SUM(
            CAST(COALESCE(
              (
                `t0`.`account` IS NULL
              )
              AND (
                `t0`.`browser` IS NULL
              )
              AND (
                `t0`.`name` IS NOT NULL
              )
              AND (
                `t0`.`denied` = 1
              ),
              FALSE
            ) AS INT64)
          ),
          0
        ) AS `n0`,
        COALESCE(
          SUM(
            CAST(COALESCE(
              NOT (
                (
                  `t0`.`account` IS NULL
                )
                AND (
                  `t0`.`browser` IS NULL
                )
                AND (
                  `t0`.`name` IS NOT NULL
                )
                AND (
                  `t0`.`denied` = 1
                )
              )
              AND COALESCE(
                `t0`.`day` > (
                  (
                    SELECT
                      MAX(`t4`.`day`) AS `last`
                    FROM (
                      SELECT
                        *
                      FROM `shop`.`work`.`microlift_export` AS `t0`
                      WHERE
                        NOT (
                          (
                            `t0`.`account` IS NULL
                          )
                          AND (
                            `t0`.`browser` IS NULL
                          )
                          AND (
                            `t0`.`name` IS NOT NULL
                          )
                          AND (
                            `t0`.`denied` = 1
                          )
                        )
                    ) AS `t4`
                  ) - 3
                ),
                FALSE
              ),
              FALSE
            ) AS INT64)
          ),
          0
        ) AS `n1`,
        COALESCE(
          SUM(
            CAST(COALESCE(
              NOT (
                (
                  `t0`.`account` IS NULL
                )
                AND (
                  `t0`.`browser` IS NULL
                )
                AND (
                  `t0`.`name` IS NOT NULL
                )
                AND (
                  `t0`.`denied` = 1
                )
              )
              AND NOT (
                NOT (
                  (
                    `t0`.`account` IS NULL
                  )
                  AND (
                    `t0`.`browser` IS NULL
                  )
                  AND (
                    `t0`.`name` IS NOT NULL
                  )
                  AND (
                    `t0`.`denied` = 1
                  )
                )
                AND COALESCE(
                  `t0`.`day` > (
                    (
                      SELECT
                        MAX(`t4`.`day`) AS `last`
                      FROM (
                        SELECT
                          *
                        FROM `shop`.`work`.`microlift_export` AS `t0`
                        WHERE
                          NOT (
                            (
                              `t0`.`account` IS NULL
                            )
                            AND (
                              `t0`.`browser` IS NULL
                            )
                            AND (
                              `t0`.`name` IS NOT NULL
                            )
                            AND (
                              `t0`.`denied` = 1
                            )
                          )
                      ) AS `t4`
                    ) - 3
                  ),
                  FALSE
                )
              )
              AND COALESCE(
                `t0`.`name` IN ('purchase')
                AND (
                  `t0`.`name` <> 'refund'
                )
                AND (
                  `t0`.`transaction` IS NOT NULL
                ),
                FALSE
              ),
              FALSE
            ) AS INT64)
          ),
          0
        ) AS `n2`,
        COALESCE(SUM(CAST(COALESCE(`t0`.`day` IS NULL, FALSE) AS INT64)), 0) AS `n3`,
        COALESCE(SUM(CAST(COALESCE(`t0`.`f0` = 1, FALSE) AS INT64)), 0) AS `n4`,
        COALESCE(SUM(CAST(COALESCE(`t0`.`f1` = 1, FALSE) AS INT64)), 0) AS `n5`,
        COALESCE(SUM(CAST(COALESCE(`t0`.`f2` = 1, FALSE) AS INT64)), 0) AS `n6`,
        COALESCE(
          SUM(
            CAST(COALESCE((
              `t0`.`c11` IS NOT NULL
            ) OR FALSE OR (
              `t0`.`s11` IS NOT NULL
            ), FALSE) AS INT64)
          ),
          0
        ) AS `n7`
      FROM `shop`.`work`.`microlift_export` AS `t0`
    ) AS `t7`
    CROSS JOIN (
      SELECT
        COUNT(*) AS `first`,
        COALESCE(SUM(`t1`.`undone`), 0) AS `undone`
      FROM `shop`.`work`.`microlift_sales` AS `t1`
    ) AS `t3`
  ) AS `t8`
) AS `t9`;

-- events that count
CREATE TABLE `shop`.`work`.`microlift_kept` AS
SELECT
  *
FROM (
  SELECT
    `t0`.`c0`,
    `t0`.`c1`,
    `t0`.`c2`,
    `t0`.`c3`,
    `t0`.`c4`,
    `t0`.`c5`,
    `t0`.`c6`,
    `t0`.`c7`,
    `t0`.`c8`,
    `t0`.`c9`,
    `t0`.`c10`,
    `t0`.`c11`,
    `t0`.`s11`
  FROM `shop`.`work`.`microlift_export` AS `t0`
  WHERE
    NOT (
      (
        `t0`.`account` IS NULL
      )
      AND (
        `t0`.`browser` IS NULL
      )
      AND (
        `t0`.`name` IS NOT NULL
      )
      AND (
        `t0`.`denied` = 1
      )
    )
    AND NOT (
      COALESCE(
        `t0`.`day` > (
          (
            SELECT
              MAX(`t3`.`day`) AS `last`
            FROM (
              SELECT
                *
              FROM `shop`.`work`.`microlift_export` AS `t0`
              WHERE
                NOT (
                  (
                    `t0`.`account` IS NULL
                  )
                  AND (
                    `t0`.`browser` IS NULL
                  )
                  AND (
                    `t0`.`name` IS NOT NULL
                  )
                  AND (
                    `t0`.`denied` = 1
                  )
                )
            ) AS `t3`
          ) - 3
        ),
        FALSE
      )
    )
    AND NOT (
      COALESCE(
        `t0`.`name` IN ('purchase')
        AND (
          `t0`.`name` <> 'refund'
        )
        AND (
          `t0`.`transaction` IS NOT NULL
        ),
        FALSE
      )
    )
) AS `t5`
UNION ALL
SELECT
  *
FROM (
  SELECT
    `t1`.`c0`,
    `t1`.`c1`,
    `t1`.`c2`,
    `t1`.`c3`,
    `t1`.`c4`,
    `t1`.`c5`,
    `t1`.`c6`,
    `t1`.`c7`,
    `t1`.`c8`,
    `t1`.`c9`,
    `t1`.`c10`,
    `t1`.`c11`,
    `t1`.`s11`
  FROM `shop`.`work`.`microlift_sales` AS `t1`
  WHERE
    `t1`.`undone` = 0
) AS `t2`;

-- valid rows, each once
CREATE TABLE `shop`.`work`.`microlift_rows` AS
SELECT
  `t6`.`user`,
  `t6`.`event`,
  `t6`.`t`,
  `t6`.`mask`,
  `t6`.`macro`,
  `t6`.`known`,
  `t6`.`x0`,
  `t6`.`currency`,
  `t6`.`sid`,
  `t6`.`s0`,
  `t6`.`s1`,
  `t6`.`s2`,
  `t6`.`o0`,
  `t6`.`o1`,
  `t6`.`o2`,
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
            `t1`.`currency`,
            `t1`.`sid`,
            `t1`.`s0`,
            `t1`.`s1`,
            `t1`.`s2`,
            `t1`.`o0`,
            `t1`.`o1`,
            `t1`.`o2`,
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
              ELSE 0
            END AS INT64) AS `rank`,
            IF((
              `t1`.`known` = 1
            ) AND (
              `t1`.`number` <> 0.0
            ), `t1`.`number`, 0.0) AS `v`
          FROM (
            SELECT
              COALESCE(`t0`.`c0`, '') AS `user`,
              COALESCE(`t0`.`c2`, '') AS `event`,
              IF(
                (
                  CASE
                    WHEN ABS(`t0`.`c1`) < 100000000000
                    THEN `t0`.`c1` * 1000000
                    WHEN ABS(`t0`.`c1`) < 100000000000000
                    THEN `t0`.`c1` * 1000
                    WHEN ABS(`t0`.`c1`) < 100000000000000000
                    THEN `t0`.`c1`
                    ELSE (
                      CAST(ROUND(
                        ieee_divide(
                          `t0`.`c1` - (
                            MOD((
                              MOD(`t0`.`c1`, 1000000000)
                            ) + 1000000000, 1000000000)
                          ),
                          1000000000
                        ),
                        0
                      ) AS INT64) * 1000000
                    ) + CAST(ROUND(
                      ieee_divide(
                        (
                          `t0`.`c1` - (
                            CAST(ROUND(
                              ieee_divide(
                                `t0`.`c1` - (
                                  MOD((
                                    MOD(`t0`.`c1`, 1000000000)
                                  ) + 1000000000, 1000000000)
                                ),
                                1000000000
                              ),
                              0
                            ) AS INT64) * 1000000000
                          )
                        ) - (
                          MOD(
                            (
                              MOD(
                                `t0`.`c1` - (
                                  CAST(ROUND(
                                    ieee_divide(
                                      `t0`.`c1` - (
                                        MOD((
                                          MOD(`t0`.`c1`, 1000000000)
                                        ) + 1000000000, 1000000000)
                                      ),
                                      1000000000
                                    ),
                                    0
                                  ) AS INT64) * 1000000000
                                ),
                                1000
                              )
                            ) + 1000,
                            1000
                          )
                        ),
                        1000
                      ),
                      0
                    ) AS INT64)
                  END >= -5364662400000000
                )
                AND (
                  CASE
                    WHEN ABS(`t0`.`c1`) < 100000000000
                    THEN `t0`.`c1` * 1000000
                    WHEN ABS(`t0`.`c1`) < 100000000000000
                    THEN `t0`.`c1` * 1000
                    WHEN ABS(`t0`.`c1`) < 100000000000000000
                    THEN `t0`.`c1`
                    ELSE (
                      CAST(ROUND(
                        ieee_divide(
                          `t0`.`c1` - (
                            MOD((
                              MOD(`t0`.`c1`, 1000000000)
                            ) + 1000000000, 1000000000)
                          ),
                          1000000000
                        ),
                        0
                      ) AS INT64) * 1000000
                    ) + CAST(ROUND(
                      ieee_divide(
                        (
                          `t0`.`c1` - (
                            CAST(ROUND(
                              ieee_divide(
                                `t0`.`c1` - (
                                  MOD((
                                    MOD(`t0`.`c1`, 1000000000)
                                  ) + 1000000000, 1000000000)
                                ),
                                1000000000
                              ),
                              0
                            ) AS INT64) * 1000000000
                          )
                        ) - (
                          MOD(
                            (
                              MOD(
                                `t0`.`c1` - (
                                  CAST(ROUND(
                                    ieee_divide(
                                      `t0`.`c1` - (
                                        MOD((
                                          MOD(`t0`.`c1`, 1000000000)
                                        ) + 1000000000, 1000000000)
                                      ),
                                      1000000000
                                    ),
                                    0
                                  ) AS INT64) * 1000000000
                                ),
                                1000
                              )
                            ) + 1000,
                            1000
                          )
                        ),
                        1000
                      ),
                      0
                    ) AS INT64)
                  END < 7258118400000000
                ),
                CASE
                  WHEN ABS(`t0`.`c1`) < 100000000000
                  THEN `t0`.`c1` * 1000000
                  WHEN ABS(`t0`.`c1`) < 100000000000000
                  THEN `t0`.`c1` * 1000
                  WHEN ABS(`t0`.`c1`) < 100000000000000000
                  THEN `t0`.`c1`
                  ELSE (
                    CAST(ROUND(
                      ieee_divide(
                        `t0`.`c1` - (
                          MOD((
                            MOD(`t0`.`c1`, 1000000000)
                          ) + 1000000000, 1000000000)
                        ),
                        1000000000
                      ),
                      0
                    ) AS INT64) * 1000000
                  ) + CAST(ROUND(
                    ieee_divide(
                      (
                        `t0`.`c1` - (
                          CAST(ROUND(
                            ieee_divide(
                              `t0`.`c1` - (
                                MOD((
                                  MOD(`t0`.`c1`, 1000000000)
                                ) + 1000000000, 1000000000)
                              ),
                              1000000000
                            ),
                            0
                          ) AS INT64) * 1000000000
                        )
                      ) - (
                        MOD(
                          (
                            MOD(
                              `t0`.`c1` - (
                                CAST(ROUND(
                                  ieee_divide(
                                    `t0`.`c1` - (
                                      MOD((
                                        MOD(`t0`.`c1`, 1000000000)
                                      ) + 1000000000, 1000000000)
                                    ),
                                    1000000000
                                  ),
                                  0
                                ) AS INT64) * 1000000000
                              ),
                              1000
                            )
                          ) + 1000,
                          1000
                        )
                      ),
                      1000
                    ),
                    0
                  ) AS INT64)
                END,
                CAST(NULL AS INT64)
              ) AS `t`,
              `t0`.`c1` IS NOT NULL AS `timed`,
              0 + CAST(IF(COALESCE(`t0`.`c2` IN ('view_item'), FALSE), 1, 0) AS INT64) + CAST(IF(
                COALESCE(`t0`.`c2` IN ('scroll'), FALSE)
                AND COALESCE(IF(IS_NAN(`t0`.`c11`), NULL, `t0`.`c11`) >= 75, FALSE),
                2,
                0
              ) AS INT64) + CAST(IF(
                COALESCE(`t0`.`c2` IN ('add_to_cart'), FALSE)
                AND COALESCE(`t0`.`c10` = 'Germany', FALSE),
                4,
                0
              ) AS INT64) AS `mask`,
              CAST(COALESCE(`t0`.`c2` IN ('purchase'), FALSE) AS INT64) AS `macro`,
              `t0`.`c8` AS `number`,
              CAST(COALESCE(
                (
                  `t0`.`c8` IS NOT NULL
                )
                AND NOT (
                  IS_NAN(`t0`.`c8`)
                )
                AND (
                  ABS(`t0`.`c8`) < 1000000000000000.0
                ),
                FALSE
              ) AS INT64) AS `known`,
              COALESCE(`t0`.`c3`, '') AS `x0`,
              COALESCE(`t0`.`c9`, '') AS `currency`,
              COALESCE(`t0`.`c7`, '') AS `sid`,
              `t0`.`c4` AS `s0`,
              `t0`.`c5` AS `s1`,
              `t0`.`c6` AS `s2`,
              `t0`.`c10` AS `o0`,
              `t0`.`c11` AS `o1`,
              `t0`.`s11` AS `o2`
            FROM `shop`.`work`.`microlift_kept` AS `t0`
          ) AS `t1`
        ) AS `t2`
      ) AS `t3`
      WHERE
        `t3`.`user` <> '' AND `t3`.`t` IS NOT NULL AND `t3`.`event` <> ''
    ) AS `t4`
  ) AS `t5`
) AS `t6`;

-- labels of attributes, numbered
CREATE TABLE `shop`.`work`.`microlift_labels` AS
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
            `t1`.`currency`,
            `t1`.`sid`,
            `t1`.`s0`,
            `t1`.`s1`,
            `t1`.`s2`,
            `t1`.`o0`,
            `t1`.`o1`,
            `t1`.`o2`,
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
              ELSE 0
            END AS INT64) AS `rank`,
            IF((
              `t1`.`known` = 1
            ) AND (
              `t1`.`number` <> 0.0
            ), `t1`.`number`, 0.0) AS `v`
          FROM (
            SELECT
              COALESCE(`t0`.`c0`, '') AS `user`,
              COALESCE(`t0`.`c2`, '') AS `event`,
              IF(
                (
                  CASE
                    WHEN ABS(`t0`.`c1`) < 100000000000
                    THEN `t0`.`c1` * 1000000
                    WHEN ABS(`t0`.`c1`) < 100000000000000
                    THEN `t0`.`c1` * 1000
                    WHEN ABS(`t0`.`c1`) < 100000000000000000
                    THEN `t0`.`c1`
                    ELSE (
                      CAST(ROUND(
                        ieee_divide(
                          `t0`.`c1` - (
                            MOD((
                              MOD(`t0`.`c1`, 1000000000)
                            ) + 1000000000, 1000000000)
                          ),
                          1000000000
                        ),
                        0
                      ) AS INT64) * 1000000
                    ) + CAST(ROUND(
                      ieee_divide(
                        (
                          `t0`.`c1` - (
                            CAST(ROUND(
                              ieee_divide(
                                `t0`.`c1` - (
                                  MOD((
                                    MOD(`t0`.`c1`, 1000000000)
                                  ) + 1000000000, 1000000000)
                                ),
                                1000000000
                              ),
                              0
                            ) AS INT64) * 1000000000
                          )
                        ) - (
                          MOD(
                            (
                              MOD(
                                `t0`.`c1` - (
                                  CAST(ROUND(
                                    ieee_divide(
                                      `t0`.`c1` - (
                                        MOD((
                                          MOD(`t0`.`c1`, 1000000000)
                                        ) + 1000000000, 1000000000)
                                      ),
                                      1000000000
                                    ),
                                    0
                                  ) AS INT64) * 1000000000
                                ),
                                1000
                              )
                            ) + 1000,
                            1000
                          )
                        ),
                        1000
                      ),
                      0
                    ) AS INT64)
                  END >= -5364662400000000
                )
                AND (
                  CASE
                    WHEN ABS(`t0`.`c1`) < 100000000000
                    THEN `t0`.`c1` * 1000000
                    WHEN ABS(`t0`.`c1`) < 100000000000000
                    THEN `t0`.`c1` * 1000
                    WHEN ABS(`t0`.`c1`) < 100000000000000000
                    THEN `t0`.`c1`
                    ELSE (
                      CAST(ROUND(
                        ieee_divide(
                          `t0`.`c1` - (
                            MOD((
                              MOD(`t0`.`c1`, 1000000000)
                            ) + 1000000000, 1000000000)
                          ),
                          1000000000
                        ),
                        0
                      ) AS INT64) * 1000000
                    ) + CAST(ROUND(
                      ieee_divide(
                        (
                          `t0`.`c1` - (
                            CAST(ROUND(
                              ieee_divide(
                                `t0`.`c1` - (
                                  MOD((
                                    MOD(`t0`.`c1`, 1000000000)
                                  ) + 1000000000, 1000000000)
                                ),
                                1000000000
                              ),
                              0
                            ) AS INT64) * 1000000000
                          )
                        ) - (
                          MOD(
                            (
                              MOD(
                                `t0`.`c1` - (
                                  CAST(ROUND(
                                    ieee_divide(
                                      `t0`.`c1` - (
                                        MOD((
                                          MOD(`t0`.`c1`, 1000000000)
                                        ) + 1000000000, 1000000000)
                                      ),
                                      1000000000
                                    ),
                                    0
                                  ) AS INT64) * 1000000000
                                ),
                                1000
                              )
                            ) + 1000,
                            1000
                          )
                        ),
                        1000
                      ),
                      0
                    ) AS INT64)
                  END < 7258118400000000
                ),
                CASE
                  WHEN ABS(`t0`.`c1`) < 100000000000
                  THEN `t0`.`c1` * 1000000
                  WHEN ABS(`t0`.`c1`) < 100000000000000
                  THEN `t0`.`c1` * 1000
                  WHEN ABS(`t0`.`c1`) < 100000000000000000
                  THEN `t0`.`c1`
                  ELSE (
                    CAST(ROUND(
                      ieee_divide(
                        `t0`.`c1` - (
                          MOD((
                            MOD(`t0`.`c1`, 1000000000)
                          ) + 1000000000, 1000000000)
                        ),
                        1000000000
                      ),
                      0
                    ) AS INT64) * 1000000
                  ) + CAST(ROUND(
                    ieee_divide(
                      (
                        `t0`.`c1` - (
                          CAST(ROUND(
                            ieee_divide(
                              `t0`.`c1` - (
                                MOD((
                                  MOD(`t0`.`c1`, 1000000000)
                                ) + 1000000000, 1000000000)
                              ),
                              1000000000
                            ),
                            0
                          ) AS INT64) * 1000000000
                        )
                      ) - (
                        MOD(
                          (
                            MOD(
                              `t0`.`c1` - (
                                CAST(ROUND(
                                  ieee_divide(
                                    `t0`.`c1` - (
                                      MOD((
                                        MOD(`t0`.`c1`, 1000000000)
                                      ) + 1000000000, 1000000000)
                                    ),
                                    1000000000
                                  ),
                                  0
                                ) AS INT64) * 1000000000
                              ),
                              1000
                            )
                          ) + 1000,
                          1000
                        )
                      ),
                      1000
                    ),
                    0
                  ) AS INT64)
                END,
                CAST(NULL AS INT64)
              ) AS `t`,
              `t0`.`c1` IS NOT NULL AS `timed`,
              0 + CAST(IF(COALESCE(`t0`.`c2` IN ('view_item'), FALSE), 1, 0) AS INT64) + CAST(IF(
                COALESCE(`t0`.`c2` IN ('scroll'), FALSE)
                AND COALESCE(IF(IS_NAN(`t0`.`c11`), NULL, `t0`.`c11`) >= 75, FALSE),
                2,
                0
              ) AS INT64) + CAST(IF(
                COALESCE(`t0`.`c2` IN ('add_to_cart'), FALSE)
                AND COALESCE(`t0`.`c10` = 'Germany', FALSE),
                4,
                0
              ) AS INT64) AS `mask`,
              CAST(COALESCE(`t0`.`c2` IN ('purchase'), FALSE) AS INT64) AS `macro`,
              `t0`.`c8` AS `number`,
              CAST(COALESCE(
                (
                  `t0`.`c8` IS NOT NULL
                )
                AND NOT (
                  IS_NAN(`t0`.`c8`)
                )
                AND (
                  ABS(`t0`.`c8`) < 1000000000000000.0
                ),
                FALSE
              ) AS INT64) AS `known`,
              COALESCE(`t0`.`c3`, '') AS `x0`,
              COALESCE(`t0`.`c9`, '') AS `currency`,
              COALESCE(`t0`.`c7`, '') AS `sid`,
              `t0`.`c4` AS `s0`,
              `t0`.`c5` AS `s1`,
              `t0`.`c6` AS `s2`,
              `t0`.`c10` AS `o0`,
              `t0`.`c11` AS `o1`,
              `t0`.`s11` AS `o2`
            FROM `shop`.`work`.`microlift_kept` AS `t0`
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
CREATE TABLE `shop`.`work`.`microlift_users` AS
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
  FROM `shop`.`work`.`microlift_rows` AS `t0`
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
          FROM `shop`.`work`.`microlift_rows` AS `t0`
          WHERE
            `t0`.`x0` <> ''
        ) AS `t4`
        LEFT OUTER JOIN (
          SELECT
            `t1`.`label`,
            `t1`.`code`
          FROM `shop`.`work`.`microlift_labels` AS `t1`
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
CREATE TABLE `shop`.`work`.`microlift_places` AS
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
                    FROM `shop`.`work`.`microlift_users` AS `t1`
                    GROUP BY
                      1,
                      2
                  ) AS `t3`
                ) AS `t4`
              ) AS `t5`
            ) AS `t6`
          ) AS `t8`
          LEFT OUTER JOIN `shop`.`work`.`microlift_labels` AS `t2`
            ON `t8`.`attr` = `t2`.`attr` AND `t8`.`code` = `t2`.`code`
        ) AS `t9`
      ) AS `t10`
    ) AS `t11`
  ) AS `t12`
) AS `t13`;

-- events in order and in sessions
CREATE TABLE `shop`.`work`.`microlift_events` AS
SELECT
  `t16`.`user`,
  `t16`.`bucket`,
  `t16`.`t`,
  `t16`.`seq`,
  `t16`.`event`,
  `t16`.`mask`,
  `t16`.`macro`,
  `t16`.`value`,
  `t16`.`session`,
  `t16`.`opens`,
  `t16`.`away`,
  `t16`.`tie`,
  `t9`.`a0`
FROM (
  SELECT
    `t14`.`user`,
    `t14`.`bucket`,
    `t14`.`t`,
    `t14`.`seq`,
    `t14`.`event`,
    `t14`.`mask`,
    `t14`.`macro`,
    `t14`.`value`,
    `t14`.`session`,
    `t14`.`opens`,
    `t14`.`away`,
    `t14`.`tie`
  FROM (
    SELECT
      `t13`.`user`,
      `t13`.`event`,
      `t13`.`t`,
      `t13`.`mask`,
      `t13`.`macro`,
      `t13`.`known`,
      `t13`.`x0`,
      `t13`.`currency`,
      `t13`.`sid`,
      `t13`.`s0`,
      `t13`.`s1`,
      `t13`.`s2`,
      `t13`.`o0`,
      `t13`.`o1`,
      `t13`.`o2`,
      `t13`.`rank`,
      `t13`.`v`,
      `t13`.`bucket`,
      `t13`.`value`,
      `t13`.`seq`,
      `t13`.`before`,
      CAST(`t13`.`seq` = `t13`.`visit` AS INT64) AS `opens`,
      `t13`.`quiet`,
      `t13`.`at_macro`,
      (
        DENSE_RANK() OVER (PARTITION BY `t13`.`user` ORDER BY `t13`.`visit` ASC) - 1
      ) + 1 AS `session`,
      MAX(IF(`t13`.`seq` = `t13`.`visit`, `t13`.`quiet`, NULL)) OVER (
        PARTITION BY `t13`.`user`, `t13`.`visit`
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
      ) AS `away`,
      `t13`.`tie`,
      `t13`.`own`,
      `t13`.`visit`
    FROM (
      SELECT
        `t12`.`user`,
        `t12`.`event`,
        `t12`.`t`,
        `t12`.`mask`,
        `t12`.`macro`,
        `t12`.`known`,
        `t12`.`x0`,
        `t12`.`currency`,
        `t12`.`sid`,
        `t12`.`s0`,
        `t12`.`s1`,
        `t12`.`s2`,
        `t12`.`o0`,
        `t12`.`o1`,
        `t12`.`o2`,
        `t12`.`rank`,
        `t12`.`v`,
        `t12`.`bucket`,
        `t12`.`value`,
        `t12`.`seq`,
        `t12`.`before`,
        `t12`.`opens`,
        `t12`.`quiet`,
        `t12`.`at_macro`,
        `t12`.`session`,
        `t12`.`away`,
        `t12`.`tie`,
        `t12`.`own`,
        MOD(
          MAX((
            `t12`.`seq` * 2147483648
          ) + `t12`.`own`) OVER (
            PARTITION BY `t12`.`user`
            ORDER BY `t12`.`seq` ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ),
          2147483648
        ) AS `visit`
      FROM (
        SELECT
          `t11`.`user`,
          `t11`.`event`,
          `t11`.`t`,
          `t11`.`mask`,
          `t11`.`macro`,
          `t11`.`known`,
          `t11`.`x0`,
          `t11`.`currency`,
          `t11`.`sid`,
          `t11`.`s0`,
          `t11`.`s1`,
          `t11`.`s2`,
          `t11`.`o0`,
          `t11`.`o1`,
          `t11`.`o2`,
          `t11`.`rank`,
          `t11`.`v`,
          `t11`.`bucket`,
          `t11`.`value`,
          `t11`.`seq`,
          `t11`.`before`,
          `t11`.`opens`,
          `t11`.`quiet`,
          `t11`.`at_macro`,
          `t11`.`session`,
          `t11`.`away`,
          `t11`.`tie`,
          CASE
            WHEN `t11`.`sid` <> ''
            THEN MIN(`t11`.`seq`) OVER (
              PARTITION BY `t11`.`user`, `t11`.`sid`
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            )
            WHEN `t11`.`opens` = 1
            THEN `t11`.`seq`
            ELSE CAST(NULL AS INT64)
          END AS `own`
        FROM (
          SELECT
            `t10`.`user`,
            `t10`.`event`,
            `t10`.`t`,
            `t10`.`mask`,
            `t10`.`macro`,
            `t10`.`known`,
            `t10`.`x0`,
            `t10`.`currency`,
            `t10`.`sid`,
            `t10`.`s0`,
            `t10`.`s1`,
            `t10`.`s2`,
            `t10`.`o0`,
            `t10`.`o1`,
            `t10`.`o2`,
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
            `t10`.`at_macro` AS `tie`
          FROM (
            SELECT
              `t6`.`user`,
              `t6`.`event`,
              `t6`.`t`,
              `t6`.`mask`,
              `t6`.`macro`,
              `t6`.`known`,
              `t6`.`x0`,
              `t6`.`currency`,
              `t6`.`sid`,
              `t6`.`s0`,
              `t6`.`s1`,
              `t6`.`s2`,
              `t6`.`o0`,
              `t6`.`o1`,
              `t6`.`o2`,
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
              CAST((
                MAX(`t6`.`macro`) OVER (
                  PARTITION BY `t6`.`user`, `t6`.`t`, `t6`.`s0`, `t6`.`s1`, `t6`.`s2`
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) = 1
              )
              AND (
                `t6`.`macro` = 0
              ) AS INT64) AS `at_macro`
            FROM (
              SELECT
                `t2`.`user`,
                `t2`.`event`,
                `t2`.`t`,
                `t2`.`mask`,
                `t2`.`macro`,
                `t2`.`known`,
                `t2`.`x0`,
                `t2`.`currency`,
                `t2`.`sid`,
                `t2`.`s0`,
                `t2`.`s1`,
                `t2`.`s2`,
                `t2`.`o0`,
                `t2`.`o1`,
                `t2`.`o2`,
                `t2`.`rank`,
                `t2`.`v`,
                `t2`.`bucket`,
                `t2`.`value`,
                ROW_NUMBER() OVER (
                  PARTITION BY `t2`.`user`
                  ORDER BY `t2`.`t` ASC, `t2`.`s0` ASC, `t2`.`s1` ASC, `t2`.`s2` ASC, `t2`.`rank` ASC, `t2`.`event` ASC, `t2`.`x0` ASC, `t2`.`currency` ASC, `t2`.`known` ASC, `t2`.`v` ASC, `t2`.`sid` ASC, `t2`.`mask` ASC, `t2`.`o0` ASC, `t2`.`o1` ASC, `t2`.`o2` ASC
                ) - 1 AS `seq`,
                LAG(`t2`.`t`) OVER (
                  PARTITION BY `t2`.`user`
                  ORDER BY `t2`.`t` ASC, `t2`.`s0` ASC, `t2`.`s1` ASC, `t2`.`s2` ASC, `t2`.`rank` ASC, `t2`.`event` ASC, `t2`.`x0` ASC, `t2`.`currency` ASC, `t2`.`known` ASC, `t2`.`v` ASC, `t2`.`sid` ASC, `t2`.`mask` ASC, `t2`.`o0` ASC, `t2`.`o1` ASC, `t2`.`o2` ASC
                ) AS `before`
              FROM `shop`.`work`.`microlift_rows` AS `t2`
            ) AS `t6`
          ) AS `t10`
        ) AS `t11`
      ) AS `t12`
    ) AS `t13`
  ) AS `t14`
) AS `t16`
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
    FROM `shop`.`work`.`microlift_users` AS `t3`
    INNER JOIN (
      SELECT
        `t1`.`straight`,
        `t1`.`found` AS `f0`,
        `t1`.`place` AS `a0`
      FROM `shop`.`work`.`microlift_places` AS `t1`
      WHERE
        `t1`.`attr` = 0
    ) AS `t5`
      ON `t3`.`straight` = `t5`.`straight` AND `t3`.`f0` = `t5`.`f0`
  ) AS `t7`
) AS `t9`
  ON `t16`.`user` = `t9`.`user`;

-- figures of the log, one row
CREATE TABLE `shop`.`work`.`microlift_facts` AS
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
        FROM `shop`.`work`.`microlift_events` AS `t0`
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
    FROM `shop`.`work`.`microlift_events` AS `t0`
  ) AS `t4`
  CROSS JOIN (
    SELECT
      COUNTIF(`t3`.`known` = 0) AS `missing`,
      COUNTIF(`t3`.`v` < 0) AS `negative`
    FROM (
      SELECT
        *
      FROM `shop`.`work`.`microlift_rows` AS `t1`
      WHERE
        `t1`.`macro` = 1
    ) AS `t3`
  ) AS `t7`
) AS `t11`;

-- events up to the first macro
CREATE TABLE `shop`.`work`.`microlift_moments` AS
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
        `t8`.`bits` & 7 AS `mask`,
        CAST(`t8`.`bits` >> 3 AS INT64) AS `macro`,
        CAST((
          `t8`.`mark` >> 24
        ) & 1 AS INT64) AS `opens`,
        CAST(`t8`.`mark` & 16777215 AS INT64) AS `step`,
        `t8`.`before` < 8 AS `counts`,
        `t8`.`before` AS `done_before`,
        (
          (
            `t8`.`bits` >> 3
          ) = 1
        ) OR (
          `t8`.`ahead` = -1
        ) AS `final`,
        (
          `t8`.`first_t` + 1209600000000
        ) <= (
          SELECT
            `t1`.`last_us`
          FROM `shop`.`work`.`microlift_facts` AS `t1`
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
          FROM `shop`.`work`.`microlift_facts` AS `t1`
        ) AS INT64) AS `n_mature`,
        CAST((
          (
            `t8`.`t` + 1209600000000
          ) <= (
            SELECT
              `t1`.`last_us`
            FROM `shop`.`work`.`microlift_facts` AS `t1`
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
            FROM `shop`.`work`.`microlift_facts` AS `t1`
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
            ) + COALESCE(
              MAX(CAST(IF((
                `t4`.`bits` & 8
              ) <> 0, 8, 0) AS INT64)) OVER (
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
            MIN(IF(`t4`.`bits` >= 8, `t4`.`t`, 4611686018427387904)) OVER (
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
                `t0`.`macro` * 8
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
                WHEN `t0`.`mask` = 4
                THEN 7
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
            FROM `shop`.`work`.`microlift_events` AS `t0`
            WHERE
              (
                SELECT
                  `t1`.`starts`
                FROM `shop`.`work`.`microlift_facts` AS `t1`
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
        `t8`.`before` < 8
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
        `t9`.`bits` & 7 AS `mask`,
        CAST(`t9`.`bits` >> 3 AS INT64) AS `macro`,
        CAST((
          `t9`.`mark` >> 24
        ) & 1 AS INT64) AS `opens`,
        CAST(`t9`.`mark` & 16777215 AS INT64) AS `step`,
        `t9`.`before` < 8 AS `counts`,
        `t9`.`before` AS `done_before`,
        (
          (
            `t9`.`bits` >> 3
          ) = 1
        ) OR (
          `t9`.`ahead` = -1
        ) AS `final`,
        (
          `t9`.`first_t` + 1209600000000
        ) <= (
          SELECT
            `t1`.`last_us`
          FROM `shop`.`work`.`microlift_facts` AS `t1`
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
          FROM `shop`.`work`.`microlift_facts` AS `t1`
        ) AS INT64) AS `n_mature`,
        CAST((
          (
            `t9`.`t` + 1209600000000
          ) <= (
            SELECT
              `t1`.`last_us`
            FROM `shop`.`work`.`microlift_facts` AS `t1`
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
            FROM `shop`.`work`.`microlift_facts` AS `t1`
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
            ) + COALESCE(
              MAX(CAST(IF((
                `t5`.`bits` & 8
              ) <> 0, 8, 0) AS INT64)) OVER (
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
            MIN(IF(`t5`.`bits` >= 8, `t5`.`t`, 4611686018427387904)) OVER (
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
                `t0`.`macro` * 8
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
                WHEN `t0`.`mask` = 4
                THEN 7
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
            FROM `shop`.`work`.`microlift_events` AS `t0`
            WHERE
              (
                SELECT
                  `t1`.`starts`
                FROM `shop`.`work`.`microlift_facts` AS `t1`
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
        `t9`.`before` < 8
    ) AS `t10`
  ) AS `t12`
) AS `t14`;

-- moments by state
CREATE TABLE `shop`.`work`.`microlift_cells` AS
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
    FROM `shop`.`work`.`microlift_moments` AS `t0`
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
    FROM `shop`.`work`.`microlift_moments` AS `t0`
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
CREATE TABLE `shop`.`work`.`microlift_result` AS
WITH `t53` AS (
  SELECT
    COUNT(DISTINCT IF(`t3`.`covered`, `t3`.`user`, NULL)) AS `covered`,
    SUM(CAST((
      `t3`.`macro` = 1
    ) AND `t3`.`covered` AS INT64)) AS `macros`,
    SUM(IF((
      `t3`.`macro` = 1
    ) AND `t3`.`covered`, `t3`.`value`, 0)) AS `revenue`,
    SUM(CAST(`t3`.`macro` = 1 AS INT64)) AS `all_macro_users`
  FROM `shop`.`work`.`microlift_moments` AS `t3`
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
        'row' AS `part`,
        'repeated transaction' AS `name`,
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
        `t0`.`n2` AS `n`,
        CAST(NULL AS INT64) AS `n_mature`,
        CAST(NULL AS INT64) AS `y`,
        CAST(NULL AS INT64) AS `n_lift`,
        CAST(NULL AS INT64) AS `y_lift`,
        CAST(NULL AS INT64) AS `n_cut`
      FROM `shop`.`work`.`microlift_aside` AS `t0`
    ) AS `t8`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        'row' AS `part`,
        'refunded' AS `name`,
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
        `t0`.`undone` AS `n`,
        CAST(NULL AS INT64) AS `n_mature`,
        CAST(NULL AS INT64) AS `y`,
        CAST(NULL AS INT64) AS `n_lift`,
        CAST(NULL AS INT64) AS `y_lift`,
        CAST(NULL AS INT64) AS `n_cut`
      FROM `shop`.`work`.`microlift_aside` AS `t0`
    ) AS `t9`
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
        'fraction: session_id' AS `name`,
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
        `t0`.`n4` AS `n`,
        CAST(NULL AS INT64) AS `n_mature`,
        CAST(NULL AS INT64) AS `y`,
        CAST(NULL AS INT64) AS `n_lift`,
        CAST(NULL AS INT64) AS `y_lift`,
        CAST(NULL AS INT64) AS `n_cut`
      FROM `shop`.`work`.`microlift_aside` AS `t0`
    ) AS `t10`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        'fact' AS `part`,
        'fraction: currency' AS `name`,
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
        `t0`.`n5` AS `n`,
        CAST(NULL AS INT64) AS `n_mature`,
        CAST(NULL AS INT64) AS `y`,
        CAST(NULL AS INT64) AS `n_lift`,
        CAST(NULL AS INT64) AS `y_lift`,
        CAST(NULL AS INT64) AS `n_cut`
      FROM `shop`.`work`.`microlift_aside` AS `t0`
    ) AS `t11`
  ) AS `t32`
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
        'fraction: transaction_id' AS `name`,
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
        `t0`.`n6` AS `n`,
        CAST(NULL AS INT64) AS `n_mature`,
        CAST(NULL AS INT64) AS `y`,
        CAST(NULL AS INT64) AS `n_lift`,
        CAST(NULL AS INT64) AS `y_lift`,
        CAST(NULL AS INT64) AS `n_cut`
      FROM `shop`.`work`.`microlift_aside` AS `t0`
    ) AS `t12`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        'fact' AS `part`,
        'seen: percent_scrolled' AS `name`,
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
        `t0`.`n7` AS `n`,
        CAST(NULL AS INT64) AS `n_mature`,
        CAST(NULL AS INT64) AS `y`,
        CAST(NULL AS INT64) AS `n_lift`,
        CAST(NULL AS INT64) AS `y_lift`,
        CAST(NULL AS INT64) AS `n_cut`
      FROM `shop`.`work`.`microlift_aside` AS `t0`
    ) AS `t13`
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
                  CAST(NULL AS INT64) AS `a0`,
                  CAST(NULL AS INT64) AS `fresh`,
                  CAST(NULL AS INT64) AS `done`,
                  CAST(NULL AS INT64) AS `next`,
                  CAST(NULL AS INT64) AS `bucket`,
                  COALESCE(`t57`.`covered`, 0) AS `n`,
                  CAST(NULL AS INT64) AS `n_mature`,
                  CAST(NULL AS INT64) AS `y`,
                  CAST(NULL AS INT64) AS `n_lift`,
                  CAST(NULL AS INT64) AS `y_lift`,
                  CAST(NULL AS INT64) AS `n_cut`
                FROM `t53` AS `t57`
              ) AS `t62`
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
                  CAST(NULL AS INT64) AS `a0`,
                  CAST(NULL AS INT64) AS `fresh`,
                  CAST(NULL AS INT64) AS `done`,
                  CAST(NULL AS INT64) AS `next`,
                  CAST(NULL AS INT64) AS `bucket`,
                  COALESCE(`t57`.`macros`, 0) AS `n`,
                  CAST(NULL AS INT64) AS `n_mature`,
                  CAST(NULL AS INT64) AS `y`,
                  CAST(NULL AS INT64) AS `n_lift`,
                  CAST(NULL AS INT64) AS `y_lift`,
                  CAST(NULL AS INT64) AS `n_cut`
                FROM `t53` AS `t57`
              ) AS `t63`
            ) AS `t67`
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
                  CAST(NULL AS INT64) AS `a0`,
                  CAST(NULL AS INT64) AS `fresh`,
                  CAST(NULL AS INT64) AS `done`,
                  CAST(NULL AS INT64) AS `next`,
                  CAST(NULL AS INT64) AS `bucket`,
                  COALESCE(`t57`.`revenue`, 0) AS `n`,
                  CAST(NULL AS INT64) AS `n_mature`,
                  CAST(NULL AS INT64) AS `y`,
                  CAST(NULL AS INT64) AS `n_lift`,
                  CAST(NULL AS INT64) AS `y_lift`,
                  CAST(NULL AS INT64) AS `n_cut`
                FROM `t53` AS `t57`
              ) AS `t64`
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
                  CAST(NULL AS INT64) AS `a0`,
                  CAST(NULL AS INT64) AS `fresh`,
                  CAST(NULL AS INT64) AS `done`,
                  CAST(NULL AS INT64) AS `next`,
                  CAST(NULL AS INT64) AS `bucket`,
                  COALESCE(`t57`.`all_macro_users`, 0) AS `n`,
                  CAST(NULL AS INT64) AS `n_mature`,
                  CAST(NULL AS INT64) AS `y`,
                  CAST(NULL AS INT64) AS `n_lift`,
                  CAST(NULL AS INT64) AS `y_lift`,
                  CAST(NULL AS INT64) AS `n_cut`
                FROM `t53` AS `t57`
              ) AS `t65`
            ) AS `t68`
          ) AS `t71`
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
                  CAST(NULL AS INT64) AS `a0`,
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
                      `t70`.`user`,
                      MAX(
                        CAST(IF((
                          `t70`.`mask` & 1
                        ) <> 0, 1, IF(`t70`.`mask` IS NULL, NULL, 0)) AS INT64)
                      ) + MAX(
                        CAST(IF((
                          `t70`.`mask` & 2
                        ) <> 0, 2, IF(`t70`.`mask` IS NULL, NULL, 0)) AS INT64)
                      ) + MAX(
                        CAST(IF((
                          `t70`.`mask` & 4
                        ) <> 0, 4, IF(`t70`.`mask` IS NULL, NULL, 0)) AS INT64)
                      ) + MAX(
                        CAST(IF((
                          `t70`.`mask` & 8
                        ) <> 0, 8, IF(`t70`.`mask` IS NULL, NULL, 0)) AS INT64)
                      ) AS `mask`
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
                        `t7`.`a0`
                      FROM `shop`.`work`.`microlift_events` AS `t7`
                      INNER JOIN (
                        SELECT
                          `t41`.`user`,
                          MIN(`t41`.`session`) AS `session`
                        FROM (
                          SELECT
                            *
                          FROM `shop`.`work`.`microlift_events` AS `t4`
                          WHERE
                            `t4`.`macro` = 1
                        ) AS `t41`
                        GROUP BY
                          1
                      ) AS `t59`
                        ON `t7`.`user` = `t59`.`user` AND `t7`.`session` = `t59`.`session`
                    ) AS `t70`
                    GROUP BY
                      1
                  ) AS `t80`
                  GROUP BY
                    1
                ) AS `t82`
              ) AS `t83`
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
                  `t1`.`session`,
                  `t1`.`depth`,
                  `t1`.`away`,
                  `t1`.`tenure`,
                  `t1`.`a0`,
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
                FROM `shop`.`work`.`microlift_cells` AS `t1`
              ) AS `t17`
            ) AS `t84`
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
                    '8bac093f71952518' AS `name`,
                    CAST(NULL AS INT64) AS `mask`,
                    1 AS `flag`,
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
                      COUNT(*) AS `code`,
                      COALESCE(SUM(`t1`.`n`), 0) AS `n`
                    FROM `shop`.`work`.`microlift_cells` AS `t1`
                  ) AS `t44`
                ) AS `t51`
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
                    `t2`.`users` AS `n`,
                    CAST(NULL AS INT64) AS `n_mature`,
                    CAST(NULL AS INT64) AS `y`,
                    CAST(NULL AS INT64) AS `n_lift`,
                    CAST(NULL AS INT64) AS `y_lift`,
                    CAST(NULL AS INT64) AS `n_cut`
                  FROM `shop`.`work`.`microlift_facts` AS `t2`
                ) AS `t18`
              ) AS `t55`
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
                    CAST(NULL AS INT64) AS `a0`,
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
                  FROM `shop`.`work`.`microlift_facts` AS `t2`
                ) AS `t19`
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
                    `t2`.`sessions` AS `n`,
                    CAST(NULL AS INT64) AS `n_mature`,
                    CAST(NULL AS INT64) AS `y`,
                    CAST(NULL AS INT64) AS `n_lift`,
                    CAST(NULL AS INT64) AS `y_lift`,
                    CAST(NULL AS INT64) AS `n_cut`
                  FROM `shop`.`work`.`microlift_facts` AS `t2`
                ) AS `t20`
              ) AS `t35`
            ) AS `t60`
          ) AS `t85`
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
                    `t2`.`empty` AS `n`,
                    CAST(NULL AS INT64) AS `n_mature`,
                    CAST(NULL AS INT64) AS `y`,
                    CAST(NULL AS INT64) AS `n_lift`,
                    CAST(NULL AS INT64) AS `y_lift`,
                    CAST(NULL AS INT64) AS `n_cut`
                  FROM `shop`.`work`.`microlift_facts` AS `t2`
                ) AS `t21`
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
                    `t2`.`first_us` AS `n`,
                    CAST(NULL AS INT64) AS `n_mature`,
                    CAST(NULL AS INT64) AS `y`,
                    CAST(NULL AS INT64) AS `n_lift`,
                    CAST(NULL AS INT64) AS `y_lift`,
                    CAST(NULL AS INT64) AS `n_cut`
                  FROM `shop`.`work`.`microlift_facts` AS `t2`
                ) AS `t22`
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
                    `t2`.`last_us` AS `n`,
                    CAST(NULL AS INT64) AS `n_mature`,
                    CAST(NULL AS INT64) AS `y`,
                    CAST(NULL AS INT64) AS `n_lift`,
                    CAST(NULL AS INT64) AS `y_lift`,
                    CAST(NULL AS INT64) AS `n_cut`
                  FROM `shop`.`work`.`microlift_facts` AS `t2`
                ) AS `t23`
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
                    `t2`.`macros` AS `n`,
                    CAST(NULL AS INT64) AS `n_mature`,
                    CAST(NULL AS INT64) AS `y`,
                    CAST(NULL AS INT64) AS `n_lift`,
                    CAST(NULL AS INT64) AS `y_lift`,
                    CAST(NULL AS INT64) AS `n_cut`
                  FROM `shop`.`work`.`microlift_facts` AS `t2`
                ) AS `t24`
              ) AS `t37`
            ) AS `t45`
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
                    CAST(NULL AS INT64) AS `a0`,
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
                  FROM `shop`.`work`.`microlift_facts` AS `t2`
                ) AS `t25`
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
                    `t2`.`missing` AS `n`,
                    CAST(NULL AS INT64) AS `n_mature`,
                    CAST(NULL AS INT64) AS `y`,
                    CAST(NULL AS INT64) AS `n_lift`,
                    CAST(NULL AS INT64) AS `y_lift`,
                    CAST(NULL AS INT64) AS `n_cut`
                  FROM `shop`.`work`.`microlift_facts` AS `t2`
                ) AS `t26`
              ) AS `t38`
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
                    CAST(NULL AS INT64) AS `a0`,
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
                  FROM `shop`.`work`.`microlift_facts` AS `t2`
                ) AS `t27`
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
                    `t2`.`starts` AS `n`,
                    CAST(NULL AS INT64) AS `n_mature`,
                    CAST(NULL AS INT64) AS `y`,
                    CAST(NULL AS INT64) AS `n_lift`,
                    CAST(NULL AS INT64) AS `y_lift`,
                    CAST(NULL AS INT64) AS `n_cut`
                  FROM `shop`.`work`.`microlift_facts` AS `t2`
                ) AS `t28`
              ) AS `t39`
            ) AS `t46`
          ) AS `t48`
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
                    `t92`.`name`,
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
                    `t92`.`n`,
                    CAST(NULL AS INT64) AS `n_mature`,
                    CAST(NULL AS INT64) AS `y`,
                    CAST(NULL AS INT64) AS `n_lift`,
                    CAST(NULL AS INT64) AS `y_lift`,
                    CAST(NULL AS INT64) AS `n_cut`
                  FROM (
                    SELECT
                      `t90`.`name`,
                      COUNT(*) AS `n`
                    FROM (
                      SELECT
                        CASE
                          WHEN (
                            `t88`.`user` = ''
                          ) AND (
                            `t88`.`event` = ''
                          ) AND NOT (
                            `t88`.`timed`
                          )
                          THEN 'unreadable row'
                          WHEN `t88`.`user` = ''
                          THEN 'no user'
                          WHEN NOT (
                            `t88`.`timed`
                          )
                          THEN 'no time'
                          WHEN `t88`.`t` IS NULL
                          THEN 'unreadable time'
                          WHEN `t88`.`event` = ''
                          THEN 'no event'
                          ELSE ''
                        END AS `name`
                      FROM (
                        SELECT
                          `t86`.*
                          EXCEPT (`number`)
                        FROM (
                          SELECT
                            `t81`.`user`,
                            `t81`.`event`,
                            `t81`.`t`,
                            `t81`.`timed`,
                            `t81`.`mask`,
                            `t81`.`macro`,
                            `t81`.`number`,
                            `t81`.`known`,
                            `t81`.`x0`,
                            `t81`.`currency`,
                            `t81`.`sid`,
                            `t81`.`s0`,
                            `t81`.`s1`,
                            `t81`.`s2`,
                            `t81`.`o0`,
                            `t81`.`o1`,
                            `t81`.`o2`,
                            CAST(CASE
                              WHEN `t81`.`macro` = 1
                              THEN 31
                              WHEN (
                                `t81`.`mask` & 1
                              ) <> 0
                              THEN 1
                              WHEN (
                                `t81`.`mask` & 2
                              ) <> 0
                              THEN 2
                              WHEN (
                                `t81`.`mask` & 4
                              ) <> 0
                              THEN 3
                              ELSE 0
                            END AS INT64) AS `rank`,
                            IF((
                              `t81`.`known` = 1
                            ) AND (
                              `t81`.`number` <> 0.0
                            ), `t81`.`number`, 0.0) AS `v`
                          FROM (
                            SELECT
                              COALESCE(`t6`.`c0`, '') AS `user`,
                              COALESCE(`t6`.`c2`, '') AS `event`,
                              IF(
                                (
                                  CASE
                                    WHEN ABS(`t6`.`c1`) < 100000000000
                                    THEN `t6`.`c1` * 1000000
                                    WHEN ABS(`t6`.`c1`) < 100000000000000
                                    THEN `t6`.`c1` * 1000
                                    WHEN ABS(`t6`.`c1`) < 100000000000000000
                                    THEN `t6`.`c1`
                                    ELSE (
                                      CAST(ROUND(
                                        ieee_divide(
                                          `t6`.`c1` - (
                                            MOD((
                                              MOD(`t6`.`c1`, 1000000000)
                                            ) + 1000000000, 1000000000)
                                          ),
                                          1000000000
                                        ),
                                        0
                                      ) AS INT64) * 1000000
                                    ) + CAST(ROUND(
                                      ieee_divide(
                                        (
                                          `t6`.`c1` - (
                                            CAST(ROUND(
                                              ieee_divide(
                                                `t6`.`c1` - (
                                                  MOD((
                                                    MOD(`t6`.`c1`, 1000000000)
                                                  ) + 1000000000, 1000000000)
                                                ),
                                                1000000000
                                              ),
                                              0
                                            ) AS INT64) * 1000000000
                                          )
                                        ) - (
                                          MOD(
                                            (
                                              MOD(
                                                `t6`.`c1` - (
                                                  CAST(ROUND(
                                                    ieee_divide(
                                                      `t6`.`c1` - (
                                                        MOD((
                                                          MOD(`t6`.`c1`, 1000000000)
                                                        ) + 1000000000, 1000000000)
                                                      ),
                                                      1000000000
                                                    ),
                                                    0
                                                  ) AS INT64) * 1000000000
                                                ),
                                                1000
                                              )
                                            ) + 1000,
                                            1000
                                          )
                                        ),
                                        1000
                                      ),
                                      0
                                    ) AS INT64)
                                  END >= -5364662400000000
                                )
                                AND (
                                  CASE
                                    WHEN ABS(`t6`.`c1`) < 100000000000
                                    THEN `t6`.`c1` * 1000000
                                    WHEN ABS(`t6`.`c1`) < 100000000000000
                                    THEN `t6`.`c1` * 1000
                                    WHEN ABS(`t6`.`c1`) < 100000000000000000
                                    THEN `t6`.`c1`
                                    ELSE (
                                      CAST(ROUND(
                                        ieee_divide(
                                          `t6`.`c1` - (
                                            MOD((
                                              MOD(`t6`.`c1`, 1000000000)
                                            ) + 1000000000, 1000000000)
                                          ),
                                          1000000000
                                        ),
                                        0
                                      ) AS INT64) * 1000000
                                    ) + CAST(ROUND(
                                      ieee_divide(
                                        (
                                          `t6`.`c1` - (
                                            CAST(ROUND(
                                              ieee_divide(
                                                `t6`.`c1` - (
                                                  MOD((
                                                    MOD(`t6`.`c1`, 1000000000)
                                                  ) + 1000000000, 1000000000)
                                                ),
                                                1000000000
                                              ),
                                              0
                                            ) AS INT64) * 1000000000
                                          )
                                        ) - (
                                          MOD(
                                            (
                                              MOD(
                                                `t6`.`c1` - (
                                                  CAST(ROUND(
                                                    ieee_divide(
                                                      `t6`.`c1` - (
                                                        MOD((
                                                          MOD(`t6`.`c1`, 1000000000)
                                                        ) + 1000000000, 1000000000)
                                                      ),
                                                      1000000000
                                                    ),
                                                    0
                                                  ) AS INT64) * 1000000000
                                                ),
                                                1000
                                              )
                                            ) + 1000,
                                            1000
                                          )
                                        ),
                                        1000
                                      ),
                                      0
                                    ) AS INT64)
                                  END < 7258118400000000
                                ),
                                CASE
                                  WHEN ABS(`t6`.`c1`) < 100000000000
                                  THEN `t6`.`c1` * 1000000
                                  WHEN ABS(`t6`.`c1`) < 100000000000000
                                  THEN `t6`.`c1` * 1000
                                  WHEN ABS(`t6`.`c1`) < 100000000000000000
                                  THEN `t6`.`c1`
                                  ELSE (
                                    CAST(ROUND(
                                      ieee_divide(
                                        `t6`.`c1` - (
                                          MOD((
                                            MOD(`t6`.`c1`, 1000000000)
                                          ) + 1000000000, 1000000000)
                                        ),
                                        1000000000
                                      ),
                                      0
                                    ) AS INT64) * 1000000
                                  ) + CAST(ROUND(
                                    ieee_divide(
                                      (
                                        `t6`.`c1` - (
                                          CAST(ROUND(
                                            ieee_divide(
                                              `t6`.`c1` - (
                                                MOD((
                                                  MOD(`t6`.`c1`, 1000000000)
                                                ) + 1000000000, 1000000000)
                                              ),
                                              1000000000
                                            ),
                                            0
                                          ) AS INT64) * 1000000000
                                        )
                                      ) - (
                                        MOD(
                                          (
                                            MOD(
                                              `t6`.`c1` - (
                                                CAST(ROUND(
                                                  ieee_divide(
                                                    `t6`.`c1` - (
                                                      MOD((
                                                        MOD(`t6`.`c1`, 1000000000)
                                                      ) + 1000000000, 1000000000)
                                                    ),
                                                    1000000000
                                                  ),
                                                  0
                                                ) AS INT64) * 1000000000
                                              ),
                                              1000
                                            )
                                          ) + 1000,
                                          1000
                                        )
                                      ),
                                      1000
                                    ),
                                    0
                                  ) AS INT64)
                                END,
                                CAST(NULL AS INT64)
                              ) AS `t`,
                              `t6`.`c1` IS NOT NULL AS `timed`,
                              0 + CAST(IF(COALESCE(`t6`.`c2` IN ('view_item'), FALSE), 1, 0) AS INT64) + CAST(IF(
                                COALESCE(`t6`.`c2` IN ('scroll'), FALSE)
                                AND COALESCE(IF(IS_NAN(`t6`.`c11`), NULL, `t6`.`c11`) >= 75, FALSE),
                                2,
                                0
                              ) AS INT64) + CAST(IF(
                                COALESCE(`t6`.`c2` IN ('add_to_cart'), FALSE)
                                AND COALESCE(`t6`.`c10` = 'Germany', FALSE),
                                4,
                                0
                              ) AS INT64) AS `mask`,
                              CAST(COALESCE(`t6`.`c2` IN ('purchase'), FALSE) AS INT64) AS `macro`,
                              `t6`.`c8` AS `number`,
                              CAST(COALESCE(
                                (
                                  `t6`.`c8` IS NOT NULL
                                )
                                AND NOT (
                                  IS_NAN(`t6`.`c8`)
                                )
                                AND (
                                  ABS(`t6`.`c8`) < 1000000000000000.0
                                ),
                                FALSE
                              ) AS INT64) AS `known`,
                              COALESCE(`t6`.`c3`, '') AS `x0`,
                              COALESCE(`t6`.`c9`, '') AS `currency`,
                              COALESCE(`t6`.`c7`, '') AS `sid`,
                              `t6`.`c4` AS `s0`,
                              `t6`.`c5` AS `s1`,
                              `t6`.`c6` AS `s2`,
                              `t6`.`c10` AS `o0`,
                              `t6`.`c11` AS `o1`,
                              `t6`.`s11` AS `o2`
                            FROM `shop`.`work`.`microlift_kept` AS `t6`
                          ) AS `t81`
                        ) AS `t86`
                      ) AS `t88`
                    ) AS `t90`
                    GROUP BY
                      1
                  ) AS `t92`
                ) AS `t94`
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    'currency' AS `part`,
                    `t91`.`name`,
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
                    `t91`.`n`,
                    CAST(NULL AS INT64) AS `n_mature`,
                    CAST(NULL AS INT64) AS `y`,
                    CAST(NULL AS INT64) AS `n_lift`,
                    CAST(NULL AS INT64) AS `y_lift`,
                    CAST(NULL AS INT64) AS `n_cut`
                  FROM (
                    SELECT
                      `t89`.`name`,
                      COUNT(*) AS `n`
                    FROM (
                      SELECT
                        UPPER(TRIM(`t88`.`currency`, ' \t\n\r\v\f')) AS `name`
                      FROM (
                        SELECT
                          `t86`.*
                          EXCEPT (`number`)
                        FROM (
                          SELECT
                            `t81`.`user`,
                            `t81`.`event`,
                            `t81`.`t`,
                            `t81`.`timed`,
                            `t81`.`mask`,
                            `t81`.`macro`,
                            `t81`.`number`,
                            `t81`.`known`,
                            `t81`.`x0`,
                            `t81`.`currency`,
                            `t81`.`sid`,
                            `t81`.`s0`,
                            `t81`.`s1`,
                            `t81`.`s2`,
                            `t81`.`o0`,
                            `t81`.`o1`,
                            `t81`.`o2`,
                            CAST(CASE
                              WHEN `t81`.`macro` = 1
                              THEN 31
                              WHEN (
                                `t81`.`mask` & 1
                              ) <> 0
                              THEN 1
                              WHEN (
                                `t81`.`mask` & 2
                              ) <> 0
                              THEN 2
                              WHEN (
                                `t81`.`mask` & 4
                              ) <> 0
                              THEN 3
                              ELSE 0
                            END AS INT64) AS `rank`,
                            IF((
                              `t81`.`known` = 1
                            ) AND (
                              `t81`.`number` <> 0.0
                            ), `t81`.`number`, 0.0) AS `v`
                          FROM (
                            SELECT
                              COALESCE(`t6`.`c0`, '') AS `user`,
                              COALESCE(`t6`.`c2`, '') AS `event`,
                              IF(
                                (
                                  CASE
                                    WHEN ABS(`t6`.`c1`) < 100000000000
                                    THEN `t6`.`c1` * 1000000
                                    WHEN ABS(`t6`.`c1`) < 100000000000000
                                    THEN `t6`.`c1` * 1000
                                    WHEN ABS(`t6`.`c1`) < 100000000000000000
                                    THEN `t6`.`c1`
                                    ELSE (
                                      CAST(ROUND(
                                        ieee_divide(
                                          `t6`.`c1` - (
                                            MOD((
                                              MOD(`t6`.`c1`, 1000000000)
                                            ) + 1000000000, 1000000000)
                                          ),
                                          1000000000
                                        ),
                                        0
                                      ) AS INT64) * 1000000
                                    ) + CAST(ROUND(
                                      ieee_divide(
                                        (
                                          `t6`.`c1` - (
                                            CAST(ROUND(
                                              ieee_divide(
                                                `t6`.`c1` - (
                                                  MOD((
                                                    MOD(`t6`.`c1`, 1000000000)
                                                  ) + 1000000000, 1000000000)
                                                ),
                                                1000000000
                                              ),
                                              0
                                            ) AS INT64) * 1000000000
                                          )
                                        ) - (
                                          MOD(
                                            (
                                              MOD(
                                                `t6`.`c1` - (
                                                  CAST(ROUND(
                                                    ieee_divide(
                                                      `t6`.`c1` - (
                                                        MOD((
                                                          MOD(`t6`.`c1`, 1000000000)
                                                        ) + 1000000000, 1000000000)
                                                      ),
                                                      1000000000
                                                    ),
                                                    0
                                                  ) AS INT64) * 1000000000
                                                ),
                                                1000
                                              )
                                            ) + 1000,
                                            1000
                                          )
                                        ),
                                        1000
                                      ),
                                      0
                                    ) AS INT64)
                                  END >= -5364662400000000
                                )
                                AND (
                                  CASE
                                    WHEN ABS(`t6`.`c1`) < 100000000000
                                    THEN `t6`.`c1` * 1000000
                                    WHEN ABS(`t6`.`c1`) < 100000000000000
                                    THEN `t6`.`c1` * 1000
                                    WHEN ABS(`t6`.`c1`) < 100000000000000000
                                    THEN `t6`.`c1`
                                    ELSE (
                                      CAST(ROUND(
                                        ieee_divide(
                                          `t6`.`c1` - (
                                            MOD((
                                              MOD(`t6`.`c1`, 1000000000)
                                            ) + 1000000000, 1000000000)
                                          ),
                                          1000000000
                                        ),
                                        0
                                      ) AS INT64) * 1000000
                                    ) + CAST(ROUND(
                                      ieee_divide(
                                        (
                                          `t6`.`c1` - (
                                            CAST(ROUND(
                                              ieee_divide(
                                                `t6`.`c1` - (
                                                  MOD((
                                                    MOD(`t6`.`c1`, 1000000000)
                                                  ) + 1000000000, 1000000000)
                                                ),
                                                1000000000
                                              ),
                                              0
                                            ) AS INT64) * 1000000000
                                          )
                                        ) - (
                                          MOD(
                                            (
                                              MOD(
                                                `t6`.`c1` - (
                                                  CAST(ROUND(
                                                    ieee_divide(
                                                      `t6`.`c1` - (
                                                        MOD((
                                                          MOD(`t6`.`c1`, 1000000000)
                                                        ) + 1000000000, 1000000000)
                                                      ),
                                                      1000000000
                                                    ),
                                                    0
                                                  ) AS INT64) * 1000000000
                                                ),
                                                1000
                                              )
                                            ) + 1000,
                                            1000
                                          )
                                        ),
                                        1000
                                      ),
                                      0
                                    ) AS INT64)
                                  END < 7258118400000000
                                ),
                                CASE
                                  WHEN ABS(`t6`.`c1`) < 100000000000
                                  THEN `t6`.`c1` * 1000000
                                  WHEN ABS(`t6`.`c1`) < 100000000000000
                                  THEN `t6`.`c1` * 1000
                                  WHEN ABS(`t6`.`c1`) < 100000000000000000
                                  THEN `t6`.`c1`
                                  ELSE (
                                    CAST(ROUND(
                                      ieee_divide(
                                        `t6`.`c1` - (
                                          MOD((
                                            MOD(`t6`.`c1`, 1000000000)
                                          ) + 1000000000, 1000000000)
                                        ),
                                        1000000000
                                      ),
                                      0
                                    ) AS INT64) * 1000000
                                  ) + CAST(ROUND(
                                    ieee_divide(
                                      (
                                        `t6`.`c1` - (
                                          CAST(ROUND(
                                            ieee_divide(
                                              `t6`.`c1` - (
                                                MOD((
                                                  MOD(`t6`.`c1`, 1000000000)
                                                ) + 1000000000, 1000000000)
                                              ),
                                              1000000000
                                            ),
                                            0
                                          ) AS INT64) * 1000000000
                                        )
                                      ) - (
                                        MOD(
                                          (
                                            MOD(
                                              `t6`.`c1` - (
                                                CAST(ROUND(
                                                  ieee_divide(
                                                    `t6`.`c1` - (
                                                      MOD((
                                                        MOD(`t6`.`c1`, 1000000000)
                                                      ) + 1000000000, 1000000000)
                                                    ),
                                                    1000000000
                                                  ),
                                                  0
                                                ) AS INT64) * 1000000000
                                              ),
                                              1000
                                            )
                                          ) + 1000,
                                          1000
                                        )
                                      ),
                                      1000
                                    ),
                                    0
                                  ) AS INT64)
                                END,
                                CAST(NULL AS INT64)
                              ) AS `t`,
                              `t6`.`c1` IS NOT NULL AS `timed`,
                              0 + CAST(IF(COALESCE(`t6`.`c2` IN ('view_item'), FALSE), 1, 0) AS INT64) + CAST(IF(
                                COALESCE(`t6`.`c2` IN ('scroll'), FALSE)
                                AND COALESCE(IF(IS_NAN(`t6`.`c11`), NULL, `t6`.`c11`) >= 75, FALSE),
                                2,
                                0
                              ) AS INT64) + CAST(IF(
                                COALESCE(`t6`.`c2` IN ('add_to_cart'), FALSE)
                                AND COALESCE(`t6`.`c10` = 'Germany', FALSE),
                                4,
                                0
                              ) AS INT64) AS `mask`,
                              CAST(COALESCE(`t6`.`c2` IN ('purchase'), FALSE) AS INT64) AS `macro`,
                              `t6`.`c8` AS `number`,
                              CAST(COALESCE(
                                (
                                  `t6`.`c8` IS NOT NULL
                                )
                                AND NOT (
                                  IS_NAN(`t6`.`c8`)
                                )
                                AND (
                                  ABS(`t6`.`c8`) < 1000000000000000.0
                                ),
                                FALSE
                              ) AS INT64) AS `known`,
                              COALESCE(`t6`.`c3`, '') AS `x0`,
                              COALESCE(`t6`.`c9`, '') AS `currency`,
                              COALESCE(`t6`.`c7`, '') AS `sid`,
                              `t6`.`c4` AS `s0`,
                              `t6`.`c5` AS `s1`,
                              `t6`.`c6` AS `s2`,
                              `t6`.`c10` AS `o0`,
                              `t6`.`c11` AS `o1`,
                              `t6`.`s11` AS `o2`
                            FROM `shop`.`work`.`microlift_kept` AS `t6`
                          ) AS `t81`
                        ) AS `t86`
                      ) AS `t88`
                      WHERE
                        `t88`.`user` <> ''
                        AND `t88`.`t` IS NOT NULL
                        AND `t88`.`event` <> ''
                        AND `t88`.`macro` = 1
                    ) AS `t89`
                    GROUP BY
                      1
                  ) AS `t91`
                ) AS `t93`
              ) AS `t95`
              UNION ALL
              SELECT
                *
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    'event' AS `part`,
                    `t58`.`name`,
                    CAST(NULL AS INT64) AS `mask`,
                    CAST(NULL AS INT64) AS `flag`,
                    `t58`.`code`,
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
                    `t58`.`n`,
                    CAST(NULL AS INT64) AS `n_mature`,
                    CAST(NULL AS INT64) AS `y`,
                    CAST(NULL AS INT64) AS `n_lift`,
                    CAST(NULL AS INT64) AS `y_lift`,
                    CAST(NULL AS INT64) AS `n_cut`
                  FROM (
                    SELECT
                      `t30`.`name`,
                      `t30`.`n`,
                      ROW_NUMBER() OVER (ORDER BY `t30`.`n` DESC, `t30`.`name` ASC) - 1 AS `code`
                    FROM (
                      SELECT
                        `t4`.`event` AS `name`,
                        COUNT(*) AS `n`
                      FROM `shop`.`work`.`microlift_events` AS `t4`
                      GROUP BY
                        1
                    ) AS `t30`
                  ) AS `t58`
                  WHERE
                    (
                      `t58`.`code` < 50
                    )
                    OR `t58`.`name` IN ('add_to_cart', 'purchase', 'scroll', 'view_item')
                ) AS `t69`
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    'mask' AS `part`,
                    CAST(NULL AS STRING) AS `name`,
                    `t29`.`mask`,
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
                    `t29`.`n`,
                    CAST(NULL AS INT64) AS `n_mature`,
                    CAST(NULL AS INT64) AS `y`,
                    CAST(NULL AS INT64) AS `n_lift`,
                    CAST(NULL AS INT64) AS `y_lift`,
                    CAST(NULL AS INT64) AS `n_cut`
                  FROM (
                    SELECT
                      `t4`.`mask`,
                      COUNT(*) AS `n`
                    FROM `shop`.`work`.`microlift_events` AS `t4`
                    GROUP BY
                      1
                  ) AS `t29`
                ) AS `t47`
              ) AS `t73`
            ) AS `t96`
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
                    'label' AS `part`,
                    `t42`.`label` AS `name`,
                    `t42`.`late` AS `mask`,
                    `t42`.`place` AS `flag`,
                    `t42`.`attr` AS `code`,
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
                    `t42`.`n`,
                    CAST(NULL AS INT64) AS `n_mature`,
                    CAST(NULL AS INT64) AS `y`,
                    CAST(NULL AS INT64) AS `n_lift`,
                    CAST(NULL AS INT64) AS `y_lift`,
                    CAST(NULL AS INT64) AS `n_cut`
                  FROM (
                    SELECT
                      `t5`.`attr`,
                      `t5`.`place`,
                      `t5`.`label`,
                      `t5`.`late`,
                      SUM(`t5`.`n`) AS `n`
                    FROM `shop`.`work`.`microlift_places` AS `t5`
                    GROUP BY
                      1,
                      2,
                      3,
                      4
                  ) AS `t42`
                ) AS `t50`
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    'doers' AS `part`,
                    CAST(NULL AS STRING) AS `name`,
                    `t76`.`mask`,
                    CAST(`t76`.`flag` AS INT64) AS `flag`,
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
                    `t76`.`n`,
                    CAST(NULL AS INT64) AS `n_mature`,
                    CAST(NULL AS INT64) AS `y`,
                    CAST(NULL AS INT64) AS `n_lift`,
                    CAST(NULL AS INT64) AS `y_lift`,
                    CAST(NULL AS INT64) AS `n_cut`
                  FROM (
                    SELECT
                      `t72`.`mask`,
                      `t72`.`flag`,
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
                        ) AS `mask`,
                        MAX(`t3`.`macro`) AS `flag`
                      FROM `shop`.`work`.`microlift_moments` AS `t3`
                      GROUP BY
                        1
                    ) AS `t72`
                    GROUP BY
                      1,
                      2
                  ) AS `t76`
                ) AS `t77`
              ) AS `t78`
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
                    `t49`.`mask`,
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
                    `t49`.`n`,
                    CAST(NULL AS INT64) AS `n_mature`,
                    CAST(NULL AS INT64) AS `y`,
                    CAST(NULL AS INT64) AS `n_lift`,
                    CAST(NULL AS INT64) AS `y_lift`,
                    CAST(NULL AS INT64) AS `n_cut`
                  FROM (
                    SELECT
                      `t40`.`mask`,
                      COUNT(*) AS `n`
                    FROM (
                      SELECT
                        *
                      FROM `shop`.`work`.`microlift_moments` AS `t3`
                      WHERE
                        `t3`.`macro` = 0
                    ) AS `t40`
                    GROUP BY
                      1
                  ) AS `t49`
                ) AS `t56`
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    'firsts' AS `part`,
                    CAST(NULL AS STRING) AS `name`,
                    `t66`.`mask`,
                    `t66`.`flag`,
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
                    `t66`.`n`,
                    CAST(NULL AS INT64) AS `n_mature`,
                    CAST(NULL AS INT64) AS `y`,
                    CAST(NULL AS INT64) AS `n_lift`,
                    CAST(NULL AS INT64) AS `y_lift`,
                    CAST(NULL AS INT64) AS `n_cut`
                  FROM (
                    SELECT
                      `t61`.`mask`,
                      `t61`.`flag`,
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
                        FROM `shop`.`work`.`microlift_moments` AS `t3`
                        WHERE
                          `t3`.`covered`
                          AND `t3`.`mask` <> 0
                          AND `t3`.`macro_t` IS NOT NULL
                          AND `t3`.`macro_t` <= (
                            `t3`.`t` + 1209600000000
                          )
                      ) AS `t52`
                      WHERE
                        `t52`.`mask` <> 0
                    ) AS `t61`
                    GROUP BY
                      1,
                      2
                  ) AS `t66`
                ) AS `t74`
              ) AS `t75`
            ) AS `t79`
          ) AS `t97`
        ) AS `t98`
      ) AS `t99`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          'row' AS `part`,
          'no user (consent denied)' AS `name`,
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
          `t0`.`n0` AS `n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM `shop`.`work`.`microlift_aside` AS `t0`
      ) AS `t14`
    ) AS `t100`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          'row' AS `part`,
          'last 3 days' AS `name`,
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
          `t0`.`n1` AS `n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM `shop`.`work`.`microlift_aside` AS `t0`
      ) AS `t15`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          'fact' AS `part`,
          'undated' AS `name`,
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
          `t0`.`n3` AS `n`,
          CAST(NULL AS INT64) AS `n_mature`,
          CAST(NULL AS INT64) AS `y`,
          CAST(NULL AS INT64) AS `n_lift`,
          CAST(NULL AS INT64) AS `y_lift`,
          CAST(NULL AS INT64) AS `n_cut`
        FROM `shop`.`work`.`microlift_aside` AS `t0`
      ) AS `t16`
    ) AS `t34`
  ) AS `t101`
) AS `t102`;
