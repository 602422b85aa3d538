-- microlift: values in EUR, made 2026-08-01 from plan aaaaaaaaaaaa, valid until 2026-08-31
CASE event
  WHEN 'add_to_cart'
  THEN 3.20
  WHEN 'generate_lead'
  THEN 12.34
  WHEN 'sign_up'
  THEN 12.34
  WHEN 'video_to_the_end'
  THEN 0.50
  WHEN 'purchase'
  THEN 21.50
  ELSE 0.00
END AS microlift_value
