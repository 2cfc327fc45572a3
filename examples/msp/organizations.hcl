# The clients, pinned by their Huntress id, so that a rename there only warns. New
# ones are proposed by: huntsync orgs match

organization "Aldergrove Veterinary Clinic" {
  id     = 3001
  client = "Aldergrove Veterinary Clinic"
}

organization "Alpine Freight Forwarders" {
  id     = 3002
  client = "Alpine Freight Forwarders GmbH"
}

organization "Baker & Lund Accountants" {
  id       = 3003
  client   = "Baker & Lund Accountants"
  severity = local.gold
}

organization "Bayside Orthopedics" {
  id       = 3004
  client   = "Bayside Orthopedics"
  severity = local.gold
  contact  = "security@bayside-ortho.example"
}

organization "Beacon Hill Academy" {
  id     = 3005
  client = "Beacon Hill Academy"
}

organization "Bluewater Marina" {
  id     = 3006
  client = "Bluewater Marina Ltd."
}

organization "Brightside Childcare" {
  id     = 3007
  client = "Brightside Childcare"
}

organization "Cascade Timber Co." {
  id     = 3008
  client = "Cascade Timber Company"
}

organization "City of Elmhaven" {
  id       = 3009
  client   = "City of Elmhaven"
  board    = "Public Sector Security"
  severity = local.gold
}

organization "Copperfield Brewery" {
  id     = 3010
  client = "Copperfield Brewery"
}

organization "Crestview Dental Group" {
  id       = 3011
  client   = "Crestview Dental Group"
  severity = local.gold
}

organization "Dunmore Insurance Brokers" {
  id     = 3012
  client = "Dunmore Insurance Brokers"
}

organization "Eastwind Logistics" {
  id     = 3013
  client = "Eastwind Logistics"
}

organization "Fairmont Legal" {
  id       = 3014
  client   = "Fairmont Legal LLP"
  severity = local.gold
  contact  = "Priya Raman"
}

organization "Fernhill Care Homes" {
  id     = 3015
  client = "Fernhill Care Homes"
}

organization "First Harbor Credit Union" {
  id       = 3016
  client   = "First Harbor Credit Union"
  board    = "VIP Security"
  severity = local.gold
}

organization "Glen Ridge Pharmacy" {
  id     = 3017
  client = "Glen Ridge Pharmacy"
}

organization "Hollis Architects" {
  id     = 3018
  client = "Hollis Architects"
}

organization "Ironbridge Machining" {
  id     = 3019
  client = "Ironbridge Machining"
}

organization "Juniper Hill Winery" {
  id     = 3020
  client = "Juniper Hill Winery"
}

organization "Kestrel Aviation Services" {
  id     = 3021
  client = "Kestrel Aviation Services"
  board  = "VIP Security"
}

organization "Lakeshore Realty" {
  id     = 3022
  client = "Lakeshore Realty"
}

organization "Maple & Main Coffee" {
  id       = 3023
  client   = "Maple & Main Coffee"
  severity = { high = "P3 - This week" }
}

organization "Meridian Diagnostics" {
  id       = 3024
  client   = "Meridian Diagnostics"
  severity = local.gold
}

organization "Northgate Print" {
  id     = 3025
  client = "Northgate Print & Sign"
}

organization "Oakfield Youth Trust" {
  id     = 3026
  client = "Oakfield Youth Trust"
}

organization "Port Authority of Halden" {
  id     = 3027
  client = "Port Authority of Halden"
  board  = "Public Sector Security"
}

organization "Quarry Lane Motors" {
  id     = 3028
  client = "Quarry Lane Motors"
}

organization "Redwood Analytics" {
  id       = 3029
  client   = "Redwood Analytics"
  category = "Security / Cloud"
}

# Our own test bench: incidents are recorded, and nobody gets a ticket.
organization "Northstar detonation lab" {
  id      = 3030
  tickets = false
}
