# Findings as text, as `evenkeel check` prints them, or (json=1) as one JSON object of the same shape. Ends with 3 when one
# blocks. Variables given: when, cluster, json.
BEGIN { FS = "\t" }

function quote(text) {
  gsub(/\\/, "\\\\", text)
  gsub(/"/, "\\\"", text)
  gsub(/[\001-\037]/, " ", text)
  return "\"" text "\""
}

function field(name, text) { return text == "" ? "" : "," quote(name) ":" quote(text) }

{
  count[$2 == "pass" ? "pass" : $3]++
  if (json) list = list (list == "" ? "" : ",\n    ") "{" quote("id") ":" quote($1) field("status", $2) field("severity", $3) field("subject", $4) field("evidence", $5) field("advice", $6) "}"
  else if ($2 == "fail") {
    text = sprintf("%s  %s%s\n       %s\n       do: %s\n", $3 == "block" ? "block" : "warn ", $1, $4 == "" ? "" : " (" $4 ")", $5, $6)
    if ($3 == "block") blocking = blocking text
    else warnings = warnings text
  }
}

END {
  result = count["block"] > 0 ? "blocked" : (count["warn"] > 0 ? "warnings" : "passed")
  if (json)
    printf "{\n  \"result\":\"%s\",\"when\":\"%s\",\"cluster\":%s,\"passed\":%d,\"warnings\":%d,\"blocking\":%d,\n  \"findings\":[\n    %s\n  ]\n}\n", result, when, quote(cluster), count["pass"], count["warn"], count["block"], list
  else printf "%s%s%d passed, %d warn, %d block\n", blocking, warnings, count["pass"], count["warn"], count["block"]
  exit count["block"] > 0 ? 3 : 0
}
