/**
 * Countries and regions of GDELT's three-letter actor country codes: CAMEO's own (`ROM`, `TMP`,
 * `WST`), and ISO 3166-1 where CAMEO is silent or older (`ROU`, `SSD`). Names stand as they do in
 * a sentence, with their article.
 */
const TABLE = `
ABW Aruba|AFG Afghanistan|AFR Africa|AGO Angola|AIA Anguilla|ALA the Åland Islands|ALB Albania
AND Andorra|ANT the Netherlands Antilles|ARE the United Arab Emirates|ARG Argentina|ARM Armenia
ASA Asia|ASM American Samoa|ATA Antarctica|ATF the French Southern Territories
ATG Antigua and Barbuda|AUS Australia|AUT Austria|AZE Azerbaijan|BAG Baghdad|BDI Burundi
BEL Belgium|BEN Benin|BES the Caribbean Netherlands|BFA Burkina Faso|BGD Bangladesh|BGR Bulgaria
BHR Bahrain|BHS the Bahamas|BIH Bosnia and Herzegovina|BLK the Balkans|BLM Saint Barthélemy
BLR Belarus|BLZ Belize|BMU Bermuda|BOL Bolivia|BRA Brazil|BRB Barbados|BRN Brunei|BTN Bhutan
BVT Bouvet Island|BWA Botswana|CAF the Central African Republic|CAN Canada|CAS Central Asia
CAU the Caucasus|CCK the Cocos Islands|CEU Central Europe|CFR Central Africa|CHE Switzerland
CHL Chile|CHN China|CIV the Ivory Coast|CMR Cameroon|COD the Democratic Republic of the Congo
COG the Republic of the Congo|COK the Cook Islands|COL Colombia|COM the Comoros|CPV Cape Verde
CRB the Caribbean|CRI Costa Rica|CUB Cuba|CUW Curaçao|CXR Christmas Island|CYM the Cayman Islands
CYP Cyprus|CZE the Czech Republic|DEU Germany|DJI Djibouti|DMA Dominica|DNK Denmark
DOM the Dominican Republic|DZA Algeria|EAF East Africa|ECU Ecuador|EEU Eastern Europe|EGY Egypt
EIN the East Indies|ERI Eritrea|ESH Western Sahara|ESP Spain|EST Estonia|ETH Ethiopia|EUR Europe
FIN Finland|FJI Fiji|FLK the Falkland Islands|FRA France|FRO the Faroe Islands|FSM Micronesia
GAB Gabon|GBR the United Kingdom|GEO Georgia|GGY Guernsey|GHA Ghana|GIB Gibraltar|GIN Guinea
GLP Guadeloupe|GMB the Gambia|GNB Guinea-Bissau|GNQ Equatorial Guinea|GRC Greece|GRD Grenada
GRL Greenland|GTM Guatemala|GUF French Guiana|GUM Guam|GUY Guyana|GZS the Gaza Strip
HKG Hong Kong|HMD Heard Island and the McDonald Islands|HND Honduras|HRV Croatia|HTI Haiti
HUN Hungary|IDN Indonesia|IMN the Isle of Man|IMY the Isle of Man|IND India
IOT the British Indian Ocean Territory|IRL Ireland|IRN Iran|IRQ Iraq|ISL Iceland|ISR Israel
ITA Italy|JAM Jamaica|JEY Jersey|JOR Jordan|JPN Japan|KAZ Kazakhstan|KEN Kenya|KGZ Kyrgyzstan
KHM Cambodia|KIR Kiribati|KNA Saint Kitts and Nevis|KOR South Korea|KWT Kuwait|LAM Latin America
LAO Laos|LBN Lebanon|LBR Liberia|LBY Libya|LCA Saint Lucia|LIE Liechtenstein|LKA Sri Lanka
LSO Lesotho|LTU Lithuania|LUX Luxembourg|LVA Latvia|MAC Macao|MAF Saint Martin|MAR Morocco
MCO Monaco|MDA Moldova|MDG Madagascar|MDT the Mediterranean|MDV the Maldives|MEA the Middle East
MEX Mexico|MHL the Marshall Islands|MKD North Macedonia|MLI Mali|MLT Malta|MMR Myanmar
MNE Montenegro|MNG Mongolia|MNP the Northern Mariana Islands|MOZ Mozambique|MRT Mauritania
MSR Montserrat|MTN Montenegro|MTQ Martinique|MUS Mauritius|MWI Malawi|MYS Malaysia|MYT Mayotte
NAF North Africa|NAM Namibia|NCL New Caledonia|NER Niger|NFK Norfolk Island|NGA Nigeria
NIC Nicaragua|NIU Niue|NLD the Netherlands|NMR North America|NOR Norway|NPL Nepal|NRU Nauru
NZL New Zealand|OMN Oman|PAK Pakistan|PAN Panama|PCN the Pitcairn Islands|PER Peru
PGS the Persian Gulf|PHL the Philippines|PLW Palau|PNG Papua New Guinea|POL Poland
PRI Puerto Rico|PRK North Korea|PRT Portugal|PRY Paraguay|PSE the Palestinian Territories
PYF French Polynesia|QAT Qatar|REU Réunion|ROM Romania|ROU Romania|RUS Russia|RWA Rwanda
SAF Southern Africa|SAM South America|SAS South Asia|SAU Saudi Arabia|SCN Scandinavia|SDN Sudan
SEA Southeast Asia|SEN Senegal|SGP Singapore|SGS South Georgia and the South Sandwich Islands
SHN Saint Helena|SJM Svalbard and Jan Mayen|SLB the Solomon Islands|SLE Sierra Leone
SLV El Salvador|SMR San Marino|SOM Somalia|SPM Saint Pierre and Miquelon|SRB Serbia
SSD South Sudan|STP São Tomé and Príncipe|SUR Suriname|SVK Slovakia|SVN Slovenia|SWE Sweden
SWZ Eswatini|SXM Sint Maarten|SYC the Seychelles|SYR Syria|TCA the Turks and Caicos Islands
TCD Chad|TGO Togo|THA Thailand|TJK Tajikistan|TKL Tokelau|TKM Turkmenistan|TLS East Timor
TMP East Timor|TON Tonga|TTO Trinidad and Tobago|TUN Tunisia|TUR Turkey|TUV Tuvalu|TWN Taiwan
TZA Tanzania|UGA Uganda|UKR Ukraine|UMI the United States Minor Outlying Islands|URY Uruguay
USA the United States|UZB Uzbekistan|VAT the Vatican|VCT Saint Vincent and the Grenadines
VEN Venezuela|VGB the British Virgin Islands|VIR the United States Virgin Islands|VNM Vietnam
VUT Vanuatu|WAF West Africa|WLF Wallis and Futuna|WSB the West Bank|WSM Samoa|WST the West
XKX Kosovo|YEM Yemen|ZAF South Africa|ZMB Zambia|ZWE Zimbabwe
`;

/** Name by code. */
export const CAMEO_COUNTRIES: ReadonlyMap<string, string> = new Map(
  TABLE.trim()
    .split(/[|\n]/)
    .map((entry) => [entry.slice(0, 3), entry.slice(4)]),
);
