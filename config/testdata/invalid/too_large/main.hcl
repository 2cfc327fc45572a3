locals {
  text0 = "0123456789abcdef"
  text1 = "${local.text0}${local.text0}"
  text2 = "${local.text1}${local.text1}"
  text3 = "${local.text2}${local.text2}"
  text4 = "${local.text3}${local.text3}"
  text5 = "${local.text4}${local.text4}"
  text6 = "${local.text5}${local.text5}"
  text7 = "${local.text6}${local.text6}"
  text8 = "${local.text7}${local.text7}"
  text9 = "${local.text8}${local.text8}"
  text10 = "${local.text9}${local.text9}"
  text11 = "${local.text10}${local.text10}"
  text12 = "${local.text11}${local.text11}"
  text13 = "${local.text12}${local.text12}"
  text14 = "${local.text13}${local.text13}"
  text15 = "${local.text14}${local.text14}"
  text16 = "${local.text15}${local.text15}"
  text17 = "${local.text16}${local.text16}"
  text18 = "${local.text17}${local.text17}"
  texts = { a = [local.text17, "a"], b = [local.text17] }
}

routing {
  board = "Security ${local.text18}"
  category = indent(5000000, "a\nb")
  severity = {
    critical = format("%5000000d", 1)
  }
  fallback {
    client = replace(local.text17, "0", "${local.text9}")
    board = join(local.text17, ["a", "b", "c"])
    category = regexreplace(local.text12, ".", local.text8)
  }
  close {
    status = formatlist("%4194305s", ["a"])[0]
  }
}
